package spinemets.interop;

import ca.uhn.fhir.batch2.jobs.config.Batch2JobsConfig;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.jpa.api.IDaoRegistry;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.config.ThreadPoolFactoryConfig;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.batch2.JpaBatch2Config;
import ca.uhn.fhir.jpa.config.r4.JpaR4Config;
import ca.uhn.fhir.jpa.config.util.HapiEntityManagerFactoryUtil;
import ca.uhn.fhir.jpa.config.util.ResourceCountCacheUtil;
import ca.uhn.fhir.jpa.config.util.ValidationSupportConfigUtil;
import ca.uhn.fhir.jpa.model.config.PartitionSettings;
import ca.uhn.fhir.jpa.model.config.SubscriptionSettings;
import ca.uhn.fhir.jpa.model.dialect.HapiFhirH2Dialect;
import ca.uhn.fhir.jpa.provider.DaoRegistryResourceSupportedSvc;
import ca.uhn.fhir.jpa.provider.JpaCapabilityStatementProvider;
import ca.uhn.fhir.jpa.provider.JpaSystemProvider;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.jpa.subscription.channel.config.SubscriptionChannelConfig;
import ca.uhn.fhir.jpa.util.ResourceCountCache;
import ca.uhn.fhir.jpa.validation.JpaValidationSupportChain;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.api.IResourceSupportedSvc;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.interceptor.RequestValidatingInterceptor;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import ca.uhn.fhir.validation.IValidatorModule;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import jakarta.persistence.EntityManagerFactory;
import java.io.File;
import java.util.List;
import java.util.Properties;
import javax.sql.DataSource;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.apache.commons.dbcp2.BasicDataSource;
import org.hl7.fhir.common.hapi.validation.support.CachingValidationSupport;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;

/**
 * HAPI's FHIR R4 server on 127.0.0.1, for the round trip.
 *
 * <pre>Server PORT FOLDER</pre>
 *
 * <p>It keeps what it holds in FOLDER, so that it can be killed and started again. It has two doors to one store:
 * /fhir takes what FHIR servers commonly take, /validated refuses what HL7's validator calls an error. It prints
 * "ready" when both are open.
 */
public final class Server {

  private static final int LARGEST_PAGE = 200;

  private Server() {}

  public static void main(String[] arguments) throws Exception {
    if (arguments.length != 2) {
      System.err.println("usage: Server PORT FOLDER");
      System.exit(2);
    }
    File folder = new File(arguments[1]);
    System.setProperty("spinemets.store", new File(folder, "store").getAbsolutePath());
    ApplicationContext beans = new AnnotationConfigApplicationContext(Store.class);

    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(new File(folder, "tomcat").getAbsolutePath());
    tomcat.setHostname("127.0.0.1");
    tomcat.setPort(Integer.parseInt(arguments[0]));
    tomcat.getConnector().setProperty("address", "127.0.0.1");
    Context root = tomcat.addContext("", null);
    open(root, "fhir", door(beans, false));
    open(root, "validated", door(beans, true));
    tomcat.start();
    System.out.println("ready");
    tomcat.getServer().await();
  }

  private static void open(Context root, String name, RestfulServer door) {
    Tomcat.addServlet(root, name, door).setLoadOnStartup(1);
    root.addServletMappingDecoded("/" + name + "/*", name);
  }

  private static RestfulServer door(ApplicationContext beans, boolean validates) {
    RestfulServer server = new RestfulServer(beans.getBean(FhirContext.class));
    server.registerProviders(beans.getBean(ResourceProviderFactory.class).createProviders());
    server.registerProvider(beans.getBean(JpaSystemProvider.class));
    server.setServerConformanceProvider(
        new JpaCapabilityStatementProvider(
            server,
            beans.getBean(IFhirSystemDao.class),
            beans.getBean(JpaStorageSettings.class),
            beans.getBean(ISearchParamRegistry.class),
            beans.getBean(IValidationSupport.class)));
    server.setDefaultResponseEncoding(EncodingEnum.JSON);
    server.setPagingProvider(beans.getBean(DatabaseBackedPagingProvider.class));
    if (validates) {
      RequestValidatingInterceptor validator = new RequestValidatingInterceptor();
      validator.setValidatorModules(List.of(beans.getBean(IValidatorModule.class)));
      validator.setFailOnSeverity(ResultSeverityEnum.ERROR);
      server.registerInterceptor(validator);
    }
    return server;
  }

  /** The parts that HAPI leaves to whoever runs it. */
  @Configuration
  @Import({JpaR4Config.class, JpaBatch2Config.class, Batch2JobsConfig.class, SubscriptionChannelConfig.class, ThreadPoolFactoryConfig.class})
  public static class Store {

    @Bean
    public JpaStorageSettings storageSettings() {
      JpaStorageSettings settings = new JpaStorageSettings();
      // Every search reads the store, so that a test sees what it has just written.
      settings.setReuseCachedSearchResultsForMillis(null);
      return settings;
    }

    @Bean
    public SubscriptionSettings subscriptionSettings() {
      return new SubscriptionSettings();
    }

    @Bean
    public PartitionSettings partitionSettings() {
      return new PartitionSettings();
    }

    @Bean(destroyMethod = "close")
    public DataSource dataSource() {
      BasicDataSource source = new BasicDataSource();
      // Without a delay of writing, what the server has confirmed survives its being killed.
      source.setUrl("jdbc:h2:file:" + System.getProperty("spinemets.store") + ";WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE");
      source.setDriverClassName("org.h2.Driver");
      source.setMaxTotal(20);
      return source;
    }

    @Primary
    @Bean
    public LocalContainerEntityManagerFactoryBean entityManagerFactory(
        DataSource source,
        ConfigurableListableBeanFactory beans,
        FhirContext context,
        JpaStorageSettings settings) {
      LocalContainerEntityManagerFactoryBean factory =
          HapiEntityManagerFactoryUtil.newEntityManagerFactory(beans, context, settings);
      factory.setPersistenceUnitName("store");
      factory.setDataSource(source);
      Properties properties = new Properties();
      properties.put("hibernate.dialect", HapiFhirH2Dialect.class.getName());
      properties.put("hibernate.hbm2ddl.auto", "update");
      properties.put("hibernate.jdbc.batch_size", "50");
      properties.put("hibernate.search.enabled", "false");
      factory.setJpaProperties(properties);
      return factory;
    }

    @Primary
    @Bean
    public JpaTransactionManager transactionManager(EntityManagerFactory factory) {
      return new JpaTransactionManager(factory);
    }

    @Primary
    @Bean
    public CachingValidationSupport validationSupportChain(JpaValidationSupportChain chain) {
      return ValidationSupportConfigUtil.newCachingValidationSupport(chain);
    }

    @Bean
    public IResourceSupportedSvc resourceSupportedSvc(IDaoRegistry registry) {
      return new DaoRegistryResourceSupportedSvc(registry);
    }

    @Bean(name = "myResourceCountsCache")
    public ResourceCountCache resourceCountCache(IFhirSystemDao<?, ?> system) {
      return ResourceCountCacheUtil.newResourceCountCache(system);
    }

    @Bean
    public DatabaseBackedPagingProvider databaseBackedPagingProvider() {
      DatabaseBackedPagingProvider paging = new DatabaseBackedPagingProvider();
      paging.setDefaultPageSize(20);
      paging.setMaximumPageSize(LARGEST_PAGE);
      return paging;
    }
  }
}
