/*
 * A Modbus server on libmodbus, for tests: a stack that this project did not write.
 *
 *     libmodbus-server tcp PORT MODE...
 *     libmodbus-server rtu DEVICE MODE...     19200 baud, no parity, unit 1
 *
 * MODE is one of
 *
 *     normal              answers
 *     slow MS             answers everything MS milliseconds late
 *     late N MS           answers every N-th request MS milliseconds late
 *     exception CODE      answers every second request with the exception CODE
 *     wrong-transaction   gives every second answer another transaction id (tcp)
 *     drop N              closes the connection instead of every N-th answer (tcp)
 *     garbage N           sends 64 bytes of 0xff instead of every N-th answer
 *
 * Serves 500 of each: holding register i = i, input register i = 1000 + i, coil i = i is odd, discrete input i = i is a
 * multiple of three. Prints "ready" when it listens.
 */
#include <errno.h>
#include <modbus/modbus.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COUNT = 500, UNIT = 1 };

static const char *mode = "normal";
static int first_argument = 0;
static int second_argument = 0;
static int requests = 0;

static bool mode_is(const char *name) { return strcmp(mode, name) == 0; }

static bool every(int n) { return n > 0 && requests % n == 0; }

static void sleep_ms(int ms) { usleep((useconds_t)ms * 1000); }

static modbus_mapping_t *make_memory(void) {
  modbus_mapping_t *memory = modbus_mapping_new(COUNT, COUNT, COUNT, COUNT);
  for (int i = 0; i < COUNT; i++) {
    memory->tab_registers[i] = (uint16_t)i;
    memory->tab_input_registers[i] = (uint16_t)(1000 + i);
    memory->tab_bits[i] = i % 2;
    memory->tab_input_bits[i] = i % 3 == 0;
  }
  return memory;
}

static void send_garbage(modbus_t *line) {
  uint8_t garbage[64];
  memset(garbage, 0xff, sizeof garbage);
  if (write(modbus_get_socket(line), garbage, sizeof garbage) < 0) perror("write");
}

/* Answers one request the way the mode says; false means: hang up. */
static bool answer(modbus_t *line, uint8_t *request, int length, modbus_mapping_t *memory) {
  requests++;
  if (mode_is("drop") && every(first_argument)) return false;
  if (mode_is("garbage") && every(first_argument)) {
    send_garbage(line);
    return true;
  }
  if (mode_is("exception") && every(2)) {
    modbus_reply_exception(line, request, (unsigned)first_argument);
    return true;
  }
  if (mode_is("slow")) sleep_ms(first_argument);
  if (mode_is("late") && every(first_argument)) sleep_ms(second_argument);
  if (mode_is("wrong-transaction") && every(2)) request[1] ^= 0x55;
  modbus_reply(line, request, length, memory);
  return true;
}

/* Serves until the line is gone. A damaged request is skipped. */
static void serve(modbus_t *line, modbus_mapping_t *memory) {
  uint8_t request[MODBUS_MAX_ADU_LENGTH];
  for (;;) {
    int length = modbus_receive(line, request);
    bool gone = length == -1 && (errno == ECONNRESET || errno == EPIPE || errno == EIO || errno == EBADF);
    if (gone) return;
    if (length > 0 && !answer(line, request, length, memory)) return;
  }
}

static int serve_tcp(int port, modbus_mapping_t *memory) {
  modbus_t *line = modbus_new_tcp("127.0.0.1", port);
  int listener = modbus_tcp_listen(line, 1);
  if (listener < 0) {
    perror("listen");
    return 1;
  }
  puts("ready");
  for (;;) {
    if (modbus_tcp_accept(line, &listener) < 0) {
      perror("accept");
      return 1;
    }
    serve(line, memory);
    modbus_close(line);
  }
}

static int serve_rtu(const char *device, modbus_mapping_t *memory) {
  modbus_t *line = modbus_new_rtu(device, 19200, 'N', 8, 1);
  modbus_set_slave(line, UNIT);
  if (modbus_connect(line) < 0) {
    perror("connect");
    return 1;
  }
  puts("ready");
  serve(line, memory);
  return 0;
}

int main(int count, char **arguments) {
  if (count < 3) {
    fprintf(stderr, "usage: %s tcp PORT|rtu DEVICE [MODE [ARGUMENT [ARGUMENT]]]\n", arguments[0]);
    return 2;
  }
  if (count > 3) mode = arguments[3];
  if (count > 4) first_argument = atoi(arguments[4]);
  if (count > 5) second_argument = atoi(arguments[5]);
  setvbuf(stdout, NULL, _IOLBF, 0);
  modbus_mapping_t *memory = make_memory();
  if (strcmp(arguments[1], "tcp") == 0) return serve_tcp(atoi(arguments[2]), memory);
  return serve_rtu(arguments[2], memory);
}
