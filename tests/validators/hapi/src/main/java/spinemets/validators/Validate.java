package spinemets.validators;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.hl7.fhir.common.hapi.validation.support.CachingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.UnknownCodeSystemWarningValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.r4.model.MetadataResource;
import org.hl7.fhir.r5.elementmodel.Element;
import org.hl7.fhir.r5.model.CanonicalResource;
import org.hl7.fhir.r5.utils.validation.IResourceValidator;
import org.hl7.fhir.r5.utils.validation.IValidatorResourceFetcher;
import org.hl7.fhir.r5.utils.validation.constants.BestPracticeWarningLevel;

/**
 * Checks FHIR R4 resources with HL7's own validator, without a network.
 *
 * <pre>Validate ACCEPTED DEFINITIONS FILE...</pre>
 *
 * <p>ACCEPTED is the list of what is accepted and why; DEFINITIONS is a folder of what is published, so that its
 * code systems, value sets and extensions are known. Each file holds one resource in JSON. A Bundle is checked with
 * all its entries. One line for each problem, {@code file: severity (hapi): element: message}; the exit code is 1
 * when one is an error, or a warning that is not accepted.
 */
public final class Validate {

  private static final FhirContext R4 = FhirContext.forR4Cached();

  private Validate() {}

  /** What was found in one file. */
  private record Found(Path file, List<SingleValidationMessage> messages) {}

  public static void main(String[] arguments) throws IOException {
    if (arguments.length < 3) {
      System.err.println("usage: Validate ACCEPTED DEFINITIONS FILE...");
      System.exit(2);
    }
    List<Pattern> accepted = accepted(Path.of(arguments[0]));
    FhirValidator validator = validator(Path.of(arguments[1]));
    List<Path> files = Stream.of(arguments).skip(2).map(Path::of).toList();

    int problems = 0;
    int waved = 0;
    for (Found found : files.parallelStream().map(file -> check(validator, file)).toList()) {
      for (SingleValidationMessage message : found.messages()) {
        if (message.getSeverity() == ResultSeverityEnum.INFORMATION) {
          continue;
        }
        if (message.getSeverity() == ResultSeverityEnum.WARNING && matches(accepted, message)) {
          waved += 1;
          continue;
        }
        problems += 1;
        System.out.printf(
            "%s: %s (hapi): %s%n", found.file(), message.getSeverity().getCode(), said(message));
      }
    }
    System.out.printf("hapi: %d files: %d problems, %d accepted with a reason%n", files.size(), problems, waved);
    System.exit(problems > 0 ? 1 : 0);
  }

  private static Found check(FhirValidator validator, Path file) {
    try {
      return new Found(file, validator.validateWithResult(Files.readString(file)).getMessages());
    } catch (IOException | RuntimeException failure) {
      SingleValidationMessage message = new SingleValidationMessage();
      message.setSeverity(ResultSeverityEnum.FATAL);
      message.setLocationString("-");
      message.setMessage(String.valueOf(failure.getMessage()));
      return new Found(file, List.of(message));
    }
  }

  private static String said(SingleValidationMessage message) {
    return message.getLocationString() + ": " + message.getMessage().replaceAll("\\s+", " ");
  }

  private static boolean matches(List<Pattern> accepted, SingleValidationMessage message) {
    return accepted.stream().anyMatch(pattern -> pattern.matcher(said(message)).find());
  }

  private static List<Pattern> accepted(Path file) throws IOException {
    List<Pattern> found = new ArrayList<>();
    for (JsonNode each : new ObjectMapper().readTree(file.toFile()).get("hapi")) {
      found.add(Pattern.compile(each.get("message").asText()));
    }
    return found;
  }

  private static FhirValidator validator(Path definitions) throws IOException {
    // Code systems of others, such as SNOMED CT, are not at hand: their codes are neither right nor wrong here.
    UnknownCodeSystemWarningValidationSupport elsewhere = new UnknownCodeSystemWarningValidationSupport(R4);
    elsewhere.setNonExistentCodeSystemSeverity(IValidationSupport.IssueSeverity.INFORMATION);
    ValidationSupportChain chain =
        new ValidationSupportChain(
            published(definitions),
            new DefaultProfileValidationSupport(R4),
            new CommonCodeSystemsTerminologyService(R4),
            new InMemoryTerminologyServerValidationSupport(R4),
            elsewhere,
            new SnapshotGeneratingValidationSupport(R4));
    FhirInstanceValidator module = new FhirInstanceValidator(new CachingValidationSupport(chain));
    module.setAnyExtensionsAllowed(false);
    module.setErrorForUnknownProfiles(true);
    module.setValidatorResourceFetcher(new NothingElsewhere());
    module.setBestPracticeWarningLevel(BestPracticeWarningLevel.Warning);
    return R4.newValidator().registerValidatorModule(module);
  }

  /** The validator asks for what is not at hand, and fails without someone to ask: there is no network here. */
  private static final class NothingElsewhere implements IValidatorResourceFetcher {

    @Override
    public Element fetch(IResourceValidator validator, Object context, String url) {
      return null;
    }

    @Override
    public boolean resolveURL(
        IResourceValidator validator, Object context, String path, String url, String type, boolean canonical) {
      return true;
    }

    @Override
    public byte[] fetchRaw(IResourceValidator validator, String url) {
      throw new UnsupportedOperationException("there is no network here");
    }

    @Override
    public IValidatorResourceFetcher setLocale(Locale locale) {
      return this;
    }

    @Override
    public CanonicalResource fetchCanonicalResource(IResourceValidator validator, Object context, String url) {
      return null;
    }

    @Override
    public boolean fetchesCanonicalResource(IResourceValidator validator, String url) {
      return false;
    }

    @Override
    public Set<String> fetchCanonicalResourceVersions(IResourceValidator validator, Object context, String url) {
      return Set.of();
    }
  }

  private static PrePopulatedValidationSupport published(Path folder) throws IOException {
    PrePopulatedValidationSupport support = new PrePopulatedValidationSupport(R4);
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".json")).sorted().toList()) {
        if (R4.newJsonParser().parseResource(Files.readString(file)) instanceof MetadataResource resource) {
          support.addResource(resource);
        }
      }
    }
    return support;
  }
}
