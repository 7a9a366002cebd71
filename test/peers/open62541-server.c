/*
 * An OPC UA server on open62541 1.4, for tests: a stack that this project did not write.
 *
 *     open62541-server PORT [OPTION]...
 *
 * OPTION is one of
 *
 *     shifted              another namespace comes first, so that the index of ours is 3 instead of 2
 *     without NAME         the node NAME does not exist, as after a change of the program of a PLC
 *     sessions N           room for N sessions only
 *     secure CERT KEY      Basic256Sha256, Aes128_Sha256_RsaOaep and Aes256_Sha256_RsaPss, each signed or signed and encrypted,
 *                          for the user op / secret and not for anonymous ones; both files DER; the URI in the certificate has
 *                          to be urn:open62541.test.server
 *     hidden               when secure, hangs up on whoever asks without security what it offers
 *     trust CERT           a client that is let in when secure, DER; may be given several times
 *
 * Nodes are in the namespace urn:acme:line1, with their names as text ids, below the Objects folder:
 *
 *     Temp        double   20 + sin t, new every 100 ms; the server keeps 1,000 values of its history
 *     Flaky       double   as Temp, in turn Good, UncertainLastUsableValue and BadSensorFailure, each for half a second
 *     NaNny       double   in turn NaN, infinity and 1
 *     HourBehind  double   as Temp, its source's clock an hour behind
 *     Big         int64    9007199254740993, which no double can hold
 *     Arr         float[4] 1 2 3 4
 *     Name        string   PUMP-07
 *     On          boolean  true
 *     Range       range    0 to 100
 *
 * Prints "ready" when it listens.
 */
#include <math.h>
#include <open62541/plugin/accesscontrol_default.h>
#include <open62541/plugin/historydata/history_data_backend_memory.h>
#include <open62541/plugin/historydata/history_data_gathering_default.h>
#include <open62541/plugin/historydata/history_database_default.h>
#include <open62541/plugin/log_stdout.h>
#include <open62541/server.h>
#include <open62541/server_config_default.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TICK_MS = 100, HISTORY_LENGTH = 1000, HISTORY_PER_ANSWER = 100, TRUSTED_MAX = 8 };

typedef struct {
  int port;
  bool shifted;
  bool hidden;
  const char *without;
  int sessions;
  const char *certificate;
  const char *key;
  UA_ByteString trusted[TRUSTED_MAX];
  size_t trusted_count;
} options_t;

static volatile UA_Boolean running = true;
static options_t options;
static UA_UInt16 our_namespace;
static double seconds = 0;

static void stop(int signal_number) {
  (void)signal_number;
  running = false;
}

static UA_NodeId id_of(char *name) { return UA_NODEID_STRING(our_namespace, name); }

static UA_ByteString load(const char *path) {
  UA_ByteString content = UA_STRING_NULL;
  FILE *file = fopen(path, "rb");
  if (!file) {
    perror(path);
    exit(1);
  }
  fseek(file, 0, SEEK_END);
  UA_ByteString_allocBuffer(&content, (size_t)ftell(file));
  rewind(file);
  if (fread(content.data, 1, content.length, file) != content.length) perror(path);
  fclose(file);
  return content;
}

/* Values */

static UA_DataValue value_of(double *number) {
  UA_DataValue value;
  UA_DataValue_init(&value);
  UA_Variant_setScalar(&value.value, number, &UA_TYPES[UA_TYPES_DOUBLE]);
  value.hasValue = true;
  value.hasSourceTimestamp = true;
  value.sourceTimestamp = UA_DateTime_now();
  return value;
}

static void tick(UA_Server *server, void *data) {
  (void)data;
  static const UA_StatusCode codes[] = {UA_STATUSCODE_GOOD, UA_STATUSCODE_UNCERTAINLASTUSABLEVALUE,
                                        UA_STATUSCODE_BADSENSORFAILURE};
  static const double odd[] = {NAN, INFINITY, 1};
  seconds += TICK_MS / 1000.0;
  int turn = (int)(seconds * 2) % 3;
  double wave = 20 + sin(seconds);
  double strange = odd[turn];

  UA_Server_writeDataValue(server, id_of("Temp"), value_of(&wave));

  UA_DataValue flaky = value_of(&wave);
  flaky.hasStatus = true;
  flaky.status = codes[turn];
  UA_Server_writeDataValue(server, id_of("Flaky"), flaky);

  UA_DataValue nanny = value_of(&strange);
  nanny.hasSourceTimestamp = false;
  UA_Server_writeDataValue(server, id_of("NaNny"), nanny);

  UA_DataValue behind = value_of(&wave);
  behind.sourceTimestamp -= (UA_DateTime)3600 * UA_DATETIME_SEC;
  UA_Server_writeDataValue(server, id_of("HourBehind"), behind);
}

/* Nodes */

static void add_node(UA_Server *server, char *name, void *value, int type, UA_UInt32 length) {
  if (options.without && strcmp(options.without, name) == 0) return;
  UA_VariableAttributes attributes = UA_VariableAttributes_default;
  if (length > 0) {
    UA_Variant_setArray(&attributes.value, value, length, &UA_TYPES[type]);
    attributes.valueRank = UA_VALUERANK_ONE_DIMENSION;
    attributes.arrayDimensions = &length;
    attributes.arrayDimensionsSize = 1;
  } else {
    UA_Variant_setScalar(&attributes.value, value, &UA_TYPES[type]);
  }
  attributes.dataType = UA_TYPES[type].typeId;
  attributes.displayName = UA_LOCALIZEDTEXT("en", name);
  attributes.accessLevel = UA_ACCESSLEVELMASK_READ | UA_ACCESSLEVELMASK_WRITE | UA_ACCESSLEVELMASK_HISTORYREAD;
  attributes.historizing = true;
  UA_Server_addVariableNode(server, id_of(name), UA_NODEID_NUMERIC(0, UA_NS0ID_OBJECTSFOLDER),
                            UA_NODEID_NUMERIC(0, UA_NS0ID_ORGANIZES), UA_QUALIFIEDNAME(our_namespace, name),
                            UA_NODEID_NUMERIC(0, UA_NS0ID_BASEDATAVARIABLETYPE), attributes, NULL, NULL);
}

static void add_nodes(UA_Server *server) {
  UA_Double number = 20;
  UA_Int64 big = 9007199254740993LL;
  UA_Float array[] = {1, 2, 3, 4};
  UA_String name = UA_STRING("PUMP-07");
  UA_Boolean on = true;
  UA_Range range = {0, 100};
  add_node(server, "Temp", &number, UA_TYPES_DOUBLE, 0);
  add_node(server, "Flaky", &number, UA_TYPES_DOUBLE, 0);
  add_node(server, "NaNny", &number, UA_TYPES_DOUBLE, 0);
  add_node(server, "HourBehind", &number, UA_TYPES_DOUBLE, 0);
  add_node(server, "Big", &big, UA_TYPES_INT64, 0);
  add_node(server, "Arr", array, UA_TYPES_FLOAT, 4);
  add_node(server, "Name", &name, UA_TYPES_STRING, 0);
  add_node(server, "On", &on, UA_TYPES_BOOLEAN, 0);
  add_node(server, "Range", &range, UA_TYPES_RANGE, 0);
}

static void keep_history(UA_Server *server) {
  UA_HistoryDataGathering gathering = UA_HistoryDataGathering_Default(1);
  UA_Server_getConfig(server)->historyDatabase = UA_HistoryDatabase_default(gathering);
  UA_HistorizingNodeIdSettings settings;
  memset(&settings, 0, sizeof settings);
  settings.historizingBackend = UA_HistoryDataBackend_Memory(1, HISTORY_LENGTH);
  settings.maxHistoryDataResponseSize = HISTORY_PER_ANSWER;
  settings.historizingUpdateStrategy = UA_HISTORIZINGUPDATESTRATEGY_VALUESET;
  UA_NodeId temperature = id_of("Temp");
  gathering.registerNodeId(server, gathering.context, &temperature, settings);
}

/* Settings */

static void demand(UA_StatusCode code, const char *what) {
  if (code == UA_STATUSCODE_GOOD) return;
  fprintf(stderr, "%s: %s\n", what, UA_StatusCode_name(code));
  exit(1);
}

static void secure(UA_ServerConfig *config) {
  UA_ByteString certificate = load(options.certificate);
  UA_ByteString key = load(options.key);
  demand((options.hidden ? UA_ServerConfig_setDefaultWithSecureSecurityPolicies
                         : UA_ServerConfig_setDefaultWithSecurityPolicies)(
             config, (UA_UInt16)options.port, &certificate, &key, options.trusted, options.trusted_count, NULL, 0, NULL, 0),
         "security");
  config->securityPolicyNoneDiscoveryOnly = true;
  UA_String_clear(&config->applicationDescription.applicationUri);
  config->applicationDescription.applicationUri = UA_STRING_ALLOC("urn:open62541.test.server");
  UA_UsernamePasswordLogin logins[] = {{UA_STRING_STATIC("op"), UA_STRING_STATIC("secret")}};
  demand(UA_AccessControl_default(config, false, NULL, 1, logins), "users");
}

/* Without it, the server listens on every interface and names itself after the machine. */
static void listen_on_loopback(UA_ServerConfig *config) {
  char url[64];
  snprintf(url, sizeof url, "opc.tcp://127.0.0.1:%d", options.port);
  UA_Array_delete(config->serverUrls, config->serverUrlsSize, &UA_TYPES[UA_TYPES_STRING]);
  config->serverUrls = (UA_String *)UA_Array_new(1, &UA_TYPES[UA_TYPES_STRING]);
  config->serverUrls[0] = UA_STRING_ALLOC(url);
  config->serverUrlsSize = 1;
}

static bool parse(int count, char **arguments) {
  if (count < 2) return false;
  options.port = atoi(arguments[1]);
  for (int i = 2; i < count; i++) {
    const char *word = arguments[i];
    int left = count - i - 1;
    if (strcmp(word, "shifted") == 0) {
      options.shifted = true;
    } else if (strcmp(word, "hidden") == 0) {
      options.hidden = true;
    } else if (strcmp(word, "without") == 0 && left >= 1) {
      options.without = arguments[++i];
    } else if (strcmp(word, "sessions") == 0 && left >= 1) {
      options.sessions = atoi(arguments[++i]);
    } else if (strcmp(word, "secure") == 0 && left >= 2) {
      options.certificate = arguments[++i];
      options.key = arguments[++i];
    } else if (strcmp(word, "trust") == 0 && left >= 1 && options.trusted_count < TRUSTED_MAX) {
      options.trusted[options.trusted_count++] = load(arguments[++i]);
    } else {
      return false;
    }
  }
  return true;
}

int main(int count, char **arguments) {
  if (!parse(count, arguments)) {
    fprintf(stderr, "usage: %s PORT [shifted|without NAME|sessions N|secure CERT KEY|hidden|trust CERT]...\n", arguments[0]);
    return 2;
  }
  signal(SIGINT, stop);
  signal(SIGTERM, stop);
  setvbuf(stdout, NULL, _IOLBF, 0);

  UA_ServerConfig config;
  memset(&config, 0, sizeof config);
  config.logging = UA_Log_Stdout_new(UA_LOGLEVEL_ERROR);
  if (options.certificate) secure(&config);
  else demand(UA_ServerConfig_setMinimal(&config, (UA_UInt16)options.port, NULL), "settings");
  listen_on_loopback(&config);
  if (options.sessions > 0) config.maxSessions = (UA_UInt16)options.sessions;

  UA_Server *server = UA_Server_newWithConfig(&config);
  if (options.shifted) UA_Server_addNamespace(server, "urn:acme:line0");
  our_namespace = UA_Server_addNamespace(server, "urn:acme:line1");
  add_nodes(server);
  keep_history(server);
  UA_Server_addRepeatedCallback(server, tick, NULL, TICK_MS, NULL);

  demand(UA_Server_run_startup(server), "start");
  puts("ready");
  while (running) UA_Server_run_iterate(server, true);
  UA_Server_run_shutdown(server);
  UA_Server_delete(server);
  return 0;
}
