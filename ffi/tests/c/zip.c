/* AppleTalk: a router and nodes over multicasts on loopback, and what a caller can do wrong with their handles. */
#define _POSIX_C_SOURCE 200809L
#include "harness.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* A segment that nobody else of this host has: its UDP port is one that was free. */
static void segment(char *into, size_t size)
{
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  const int s = socket(AF_INET, SOCK_DGRAM, 0);
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  if (s < 0 || bind(s, (struct sockaddr *)&address, length) != 0 || getsockname(s, (struct sockaddr *)&address, &length) != 0) {
    printf("Bail out! no UDP port\n");
    exit(1);
  }
  close(s);
  snprintf(into, size, "ltoudp:127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
}

typedef struct network {
  char near[40];
  char far[40];
  osisession_zip_router *router;
} network;

/* A router of the networks 100, zone Near, and 200, zone Fär. */
static osisession_zip_router *make_router(const char *near, const char *far)
{
  osisession_octets zones[2];
  osisession_zip_port ports[2];
  osisession_zip_router_config config;
  osisession_zip_router *router = NULL;
  memset(ports, 0, sizeof ports);
  zones[0] = text("Near");
  zones[1] = text("F\xc3\xa4r");
  ports[0].segment = near;
  ports[0].range_start = ports[0].range_end = 100;
  ports[0].zones = &zones[0];
  ports[0].zone_count = 1;
  ports[0].node = 254;
  ports[1].segment = far;
  ports[1].range_start = ports[1].range_end = 200;
  ports[1].zones = &zones[1];
  ports[1].zone_count = 1;
  ports[1].node = 253;
  OSISESSION_INIT(&config);
  config.ports = ports;
  config.port_count = 2;
  config.enquiry_interval_ms = 20;
  config.verify_interval_ms = 100;
  config.send_interval_ms = 1000;
  config.bringback_ms = 1;
  MUST(osisession_zip_router_new(&config, &router, error_info()));
  return router;
}

static osisession_zip_node *make_node(const char *at)
{
  osisession_zip_node_config config;
  osisession_zip_node *node = NULL;
  OSISESSION_INIT(&config);
  config.segment = at;
  config.enquiry_interval_ms = 20;
  config.net_info_interval_ms = 1000;
  config.lookup_interval_ms = 400;
  MUST(osisession_zip_node_new(&config, &node, error_info()));
  return node;
}

static void until_port_active(osisession_zip_router *router, uint32_t count)
{
  osisession_zip_event event;
  OSISESSION_INIT(&event);
  while (count > 0) {
    MUST(osisession_zip_router_next_event(router, SOON, &event, error_info()));
    if (event.type == OSISESSION_ZIP_EVENT_PORT_ACTIVE) {
      CHECK(event.node == 254 - event.port && event.network == 100 + 100 * event.port);
      CHECK(event.range_start == event.network && event.range_end == event.network);
      count--;
    }
    OK(osisession_zip_event_free(&event));
  }
}

static void network_open(network *n)
{
  segment(n->near, sizeof n->near);
  segment(n->far, sizeof n->far);
  n->router = make_router(n->near, n->far);
  until_port_active(n->router, 2);
  OK(osisession_zip_router_start(n->router, error_info()));
}

static int is(osisession_zip_name name, const char *octets, const char *in_utf8)
{
  return same(name.octets, octets) && name.text != NULL && strcmp(name.text, in_utf8) == 0;
}

static void zones_of_an_internet(void)
{
  network n;
  osisession_zip_node *node;
  osisession_zip_state state;
  osisession_zip_event event;
  network_open(&n);
  node = make_node(n.near);
  OSISESSION_INIT(&state);
  OK(osisession_zip_node_state(node, &state, error_info()));
  CHECK(state.state == OSISESSION_ZIP_JOINING && state.node == 0 && state.zone_length == 0);
  OSISESSION_INIT(&event);
  STATUS(OSISESSION_E_REFUSED, osisession_zip_zones(node, OSISESSION_ZIP_GET_ZONE_LIST, SOON, &event, error_info()));
  MUST(osisession_zip_node_join(node, SOON, error_info()));
  OK(osisession_zip_node_state(node, &state, error_info()));
  CHECK(state.state == OSISESSION_ZIP_UP && state.network == 100 && state.node >= 1 && state.node <= 127);
  CHECK(state.range_start == 100 && state.range_end == 100 && state.router_node == 254 && state.router_network == 100);
  CHECK(state.received > 0 && state.malformed == 0 && state.failures == 0 && state.names == 0);

  OK(osisession_zip_zones(node, OSISESSION_ZIP_GET_ZONE_LIST, SOON, &event, error_info()));
  CHECK(event.type == OSISESSION_ZIP_EVENT_ZONES && event.call == OSISESSION_ZIP_GET_ZONE_LIST);
  CHECK(event.zone_count == 2 && event.count == 2 && event.entity_count == 0 && event.error == NULL);
  if (event.zone_count == 2) CHECK(is(event.zones[0], "Near", "Near") && is(event.zones[1], "F\x8ar", "F\xc3\xa4r"));
  STATUS(OSISESSION_E_NOT_FREED, osisession_zip_zones(node, OSISESSION_ZIP_GET_ZONE_LIST, SOON, &event, error_info()));
  OK(osisession_zip_event_free(&event));
  OK(osisession_zip_zones(node, OSISESSION_ZIP_GET_LOCAL_ZONES, SOON, &event, error_info()));
  CHECK(event.zone_count == 1 && is(event.zones[0], "Near", "Near"));
  OK(osisession_zip_event_free(&event));
  OK(osisession_zip_zones(node, OSISESSION_ZIP_GET_MY_ZONE, SOON, &event, error_info()));
  CHECK(event.zone_count == 1 && is(event.zones[0], "Near", "Near") && event.call == OSISESSION_ZIP_GET_MY_ZONE);
  OK(osisession_zip_event_free(&event));
  STATUS(OSISESSION_E_INVALID, osisession_zip_zones(node, 0, SOON, &event, error_info()));
  STATUS(OSISESSION_E_REFUSED, osisession_zip_pick_zone(node, "F\xc3\xa4r", error_info()));

  /* What happened meanwhile; the answers to the calls are not among it. */
  MUST(osisession_zip_next_event(node, SOON, &event, error_info()));
  CHECK(event.type == OSISESSION_ZIP_EVENT_UP && event.network == 100 && event.node == state.node);
  CHECK(event.router_node == 254 && event.range_end == 100 && event.zone.text == NULL && event.flags == 0);
  OK(osisession_zip_event_free(&event));
  MUST(osisession_zip_next_event(node, SOON, &event, error_info()));
  CHECK(event.type == OSISESSION_ZIP_EVENT_ZONE && is(event.zone, "Near", "Near"));
  OK(osisession_zip_event_free(&event));
  OK(osisession_zip_node_state(node, &state, error_info()));
  CHECK(state.zone_length == 4 && memcmp(state.zone, "Near", 4) == 0 && strcmp(state.zone_text, "Near") == 0);
  STATUS(OSISESSION_E_WOULD_BLOCK, osisession_zip_next_event(node, 0, &event, error_info()));
  STATUS(OSISESSION_E_TIMED_OUT, osisession_zip_next_event(node, 1, &event, error_info()));
  OK(osisession_zip_node_free(node));
  OK(osisession_zip_router_free(n.router));
}

static void names_and_echoes(void)
{
  network n;
  osisession_zip_node *here, *there;
  osisession_zip_state state;
  osisession_zip_event event;
  int64_t took = -1;
  network_open(&n);
  there = make_node(n.far);
  MUST(osisession_zip_node_join(there, SOON, error_info()));
  OSISESSION_INIT(&state);
  OK(osisession_zip_register(there, "Printer", "LaserWriter", 130, SOON, error_info()));
  STATUS(OSISESSION_E_REFUSED, osisession_zip_register(there, "PRINTER", "laserwriter", 131, SOON, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_zip_register(there, "=", "LaserWriter", 131, SOON, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_zip_register(there, "Printer", "Other", 0, SOON, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_zip_register(there, "Printer", "Other", 256, SOON, error_info()));
  OK(osisession_zip_node_state(there, &state, error_info()));
  CHECK(state.names == 1 && state.network == 200);
  OK(osisession_zip_node_start(there, error_info()));
  OK(osisession_zip_node_start(there, error_info()));

  here = make_node(n.near);
  MUST(osisession_zip_node_join(here, SOON, error_info()));
  OSISESSION_INIT(&event);
  OK(osisession_zip_lookup(here, "=:LaserWriter@F\xc3\xa4r", SOON, &event, error_info()));
  CHECK(event.type == OSISESSION_ZIP_EVENT_LOOKED_UP && event.count == 1 && event.entity_count == 1 && event.flags == 0);
  if (event.entity_count == 1) {
    CHECK(is(event.entities[0].object, "Printer", "Printer") && is(event.entities[0].type, "LaserWriter", "LaserWriter"));
    CHECK(event.entities[0].network == 200 && event.entities[0].node == state.node && event.entities[0].socket == 130);
  }
  OK(osisession_zip_event_free(&event));
  STATUS(OSISESSION_E_TIMED_OUT, osisession_zip_lookup(here, "=:=@Near", 10, &event, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_zip_lookup(here, "no colon", SOON, &event, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_zip_lookup(here, ":=", SOON, &event, error_info()));
  OK(osisession_zip_echo(here, 200, state.node, "hello", 5, SOON, &took, error_info()));
  CHECK(took > 0);
  OK(osisession_zip_echo(here, 200, state.node, NULL, 0, -1, NULL, error_info()));
  STATUS(OSISESSION_E_TIMED_OUT, osisession_zip_echo(here, 300, 1, "hello", 5, 10, &took, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_zip_echo(here, 65536, 1, "hello", 5, 10, &took, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_zip_echo(here, 200, 1, NULL, 5, 10, &took, error_info()));

  OK(osisession_zip_unregister(there, "pRINTER", "LaserWriter", error_info()));
  STATUS(OSISESSION_E_REFUSED, osisession_zip_unregister(there, "Printer", "LaserWriter", error_info()));
  OK(osisession_zip_lookup(here, "Printer:=@F\xc3\xa4r", SOON, &event, error_info()));
  CHECK(event.entity_count == 0 && event.count == 0);
  OK(osisession_zip_event_free(&event));
  OK(osisession_zip_node_stop(there, error_info()));
  OK(osisession_zip_node_stop(there, error_info()));
  OK(osisession_zip_node_free(here));
  OK(osisession_zip_node_free(there));
  OK(osisession_zip_router_free(n.router));
}

/* One thread drives the node by its descriptor; requests do not wait. */
static void an_event_loop_of_the_callers(void)
{
  network n;
  osisession_zip_node *node;
  osisession_zip_event event;
  struct pollfd watched;
  uint32_t zones = 99, name = 99, lookup = 99, given_up = 99, echo = 99;
  int rounds, asked = 0, done = 0;
  network_open(&n);
  node = make_node(n.near);
  watched.fd = -1;
  watched.events = POLLIN;
  OK(osisession_zip_node_descriptor(node, &watched.fd, error_info()));
  CHECK(watched.fd >= 0);
  OSISESSION_INIT(&event);
  for (rounds = 0; rounds < 10000 && done < 5; rounds++) {
    int64_t due = -2;
    const int32_t status = osisession_zip_next_event(node, 0, &event, error_info());
    if (status == OSISESSION_E_WOULD_BLOCK) {
      OK(osisession_zip_node_next_timeout_ns(node, &due, error_info()));
      CHECK(due >= -1);
      (void)poll(&watched, 1, due < 0 ? SOON : (int)((due + 999999) / 1000000));
      OK(osisession_zip_node_dispatch(node, 0, error_info()));
      continue;
    }
    OK(status);
    switch (event.type) {
    case OSISESSION_ZIP_EVENT_ZONE:
      OK(osisession_zip_zones_request(node, OSISESSION_ZIP_GET_ZONE_LIST, &zones, error_info()));
      OK(osisession_zip_register_request(node, "Own", "Test", 130, &name, error_info()));
      OK(osisession_zip_lookup_request(node, "=:Test", &given_up, error_info()));
      OK(osisession_zip_cancel(node, given_up, error_info()));
      OK(osisession_zip_echo_request(node, 100, 254, "echo", 4, &echo, error_info()));
      asked = 1;
      break;
    case OSISESSION_ZIP_EVENT_ZONES:
      CHECK(asked && event.number == zones && event.zone_count == 2);
      done++;
      break;
    case OSISESSION_ZIP_EVENT_ECHOED:
      CHECK(asked && event.number == echo && same(event.data, "echo") && event.node == 254);
      done++;
      break;
    case OSISESSION_ZIP_EVENT_REGISTERED:
      CHECK(event.number == name && event.entity_count == 1 && is(event.entities[0].object, "Own", "Own"));
      OK(osisession_zip_lookup_request(node, "own:test", &lookup, error_info()));
      done++;
      break;
    case OSISESSION_ZIP_EVENT_FOUND:
      CHECK(event.number == lookup && event.entity_count == 1 && event.entities[0].socket == 130);
      done++;
      break;
    case OSISESSION_ZIP_EVENT_LOOKED_UP:
      CHECK(event.number == lookup && event.count == 1);
      done++;
      break;
    default:
      CHECK(event.type == OSISESSION_ZIP_EVENT_UP);
    }
    OK(osisession_zip_event_free(&event));
  }
  CHECK(done == 5);
  OK(osisession_zip_node_free(node));
  OK(osisession_zip_router_free(n.router));
}

static void alone(void)
{
  char at[40];
  osisession_zip_node *node, *other;
  osisession_zip_state state;
  osisession_zip_event event;
  osisession_zip_node_config config;
  segment(at, sizeof at);
  OSISESSION_INIT(&config);
  config.segment = at;
  config.flags = OSISESSION_ZIP_SERVER;
  config.node = 200;
  config.enquiry_interval_ms = 20;
  config.net_info_interval_ms = 100;
  config.lookup_interval_ms = 100;
  MUST(osisession_zip_node_new(&config, &node, error_info()));
  STATUS(OSISESSION_E_TIMED_OUT, osisession_zip_node_join(node, 1, error_info()));
  STATUS(OSISESSION_E_REFUSED, osisession_zip_register(node, "Early", "Test", 130, SOON, error_info()));
  MUST(osisession_zip_node_join(node, SOON, error_info()));
  OSISESSION_INIT(&state);
  OK(osisession_zip_node_state(node, &state, error_info()));
  CHECK(state.state == OSISESSION_ZIP_ALONE && state.node == 200 && state.network == 0 && state.router_node == 0);
  OSISESSION_INIT(&event);
  OK(osisession_zip_next_event(node, SOON, &event, error_info()));
  CHECK(event.type == OSISESSION_ZIP_EVENT_ALONE && event.node == 200);
  OK(osisession_zip_event_free(&event));
  STATUS(OSISESSION_E_REFUSED, osisession_zip_zones(node, OSISESSION_ZIP_GET_MY_ZONE, SOON, &event, error_info()));
  OK(osisession_zip_register(node, "Alone", "Test", 130, SOON, error_info()));
  OK(osisession_zip_node_start(node, error_info()));
  MUST(osisession_zip_node_new(&config, &other, error_info()));
  MUST(osisession_zip_node_join(other, SOON, error_info()));
  OK(osisession_zip_node_state(other, &state, error_info()));
  CHECK(state.node != 200 && state.node >= 128);
  /* The name is somebody's. */
  STATUS(OSISESSION_E_REFUSED, osisession_zip_register(other, "alone", "test", 130, SOON, error_info()));
  OK(osisession_zip_lookup(other, "=:=", SOON, &event, error_info()));
  CHECK(event.entity_count == 1 && event.entities[0].node == 200);
  OK(osisession_zip_event_free(&event));
  OK(osisession_zip_node_free(other));
  OK(osisession_zip_node_free(node));
}

static void tables_of_a_router(void)
{
  network n;
  osisession_zip_tables tables, copy;
  osisession_zip_routing routing;
  osisession_zip_port_state port;
  osisession_zip_event event;
  int32_t descriptor = -1;
  int64_t due = -2;
  size_t i;
  segment(n.near, sizeof n.near);
  segment(n.far, sizeof n.far);
  n.router = make_router(n.near, n.far);
  OSISESSION_INIT(&port);
  OK(osisession_zip_router_port_state(n.router, 1, &port, error_info()));
  CHECK(port.state == OSISESSION_ZIP_PORT_STARTING && port.range_start == 0);
  OK(osisession_zip_router_dispatch(n.router, 0, error_info()));
  OK(osisession_zip_router_descriptor(n.router, &descriptor, error_info()));
  OK(osisession_zip_router_next_timeout_ns(n.router, &due, error_info()));
  CHECK(descriptor >= 0 && due >= 0);
  until_port_active(n.router, 2);
  OK(osisession_zip_router_port_state(n.router, 1, &port, error_info()));
  CHECK(port.state == OSISESSION_ZIP_PORT_ACTIVE && port.network == 200 && port.node == 253);
  CHECK(port.range_start == 200 && port.range_end == 200);
  STATUS(OSISESSION_E_INVALID, osisession_zip_router_port_state(n.router, 2, &port, error_info()));
  OSISESSION_INIT(&routing);
  OK(osisession_zip_router_state(n.router, &routing, error_info()));
  CHECK(routing.routes == 2 && routing.zones == 2 && routing.malformed == 0 && routing.failures == 0);

  OSISESSION_INIT(&tables);
  OK(osisession_zip_router_tables(n.router, &tables, error_info()));
  CHECK(tables.route_count == 2 && tables.zone_count == 2);
  for (i = 0; i < tables.route_count; i++) {
    const osisession_zip_route *route = &tables.routes[i];
    CHECK(route->state == OSISESSION_ZIP_ROUTE_DIRECT && route->flags == OSISESSION_ZIP_ROUTE_ZONES_KNOWN);
    CHECK(route->range_start == 100 + 100 * route->port && route->distance == 0 && route->next_node == 0);
    CHECK(route->zone_count == 1);
    if (route->zone_count == 1)
      CHECK(route->port == 0 ? is(route->zones[0], "Near", "Near") : is(route->zones[0], "F\x8ar", "F\xc3\xa4r"));
  }
  STATUS(OSISESSION_E_NOT_FREED, osisession_zip_router_tables(n.router, &tables, error_info()));
  copy = tables;
  OK(osisession_zip_tables_free(&tables));
  OK(osisession_zip_tables_free(&tables));
  STATUS(OSISESSION_E_STALE, osisession_zip_tables_free(&copy));

  OK(osisession_zip_router_rename_zone(n.router, 200, "F\xc3\xa4r", "Far away", error_info()));
  STATUS(OSISESSION_E_REFUSED, osisession_zip_router_rename_zone(n.router, 200, "F\xc3\xa4r", "Far away", error_info()));
  OK(osisession_zip_router_take_down(n.router, 0, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_zip_router_take_down(n.router, 2, error_info()));
  OSISESSION_INIT(&event);
  do {
    OK(osisession_zip_event_free(&event));
    MUST(osisession_zip_router_next_event(n.router, SOON, &event, error_info()));
  } while (event.type != OSISESSION_ZIP_EVENT_PORT_DOWN);
  CHECK(event.port == 0);
  /* The tables of then stay what they were, and outlive the router. */
  OK(osisession_zip_router_tables(n.router, &tables, error_info()));
  OK(osisession_zip_router_port_state(n.router, 0, &port, error_info()));
  CHECK(port.state == OSISESSION_ZIP_PORT_DOWN);
  while (osisession_zip_router_bring_up(n.router, 0, error_info()) == OSISESSION_E_REFUSED)
    OK(osisession_zip_router_dispatch(n.router, 10, error_info()));
  STATUS(OSISESSION_E_REFUSED, osisession_zip_router_bring_up(n.router, 1, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_zip_router_bring_up(n.router, 9, error_info()));
  OK(osisession_zip_router_stop(n.router, error_info()));
  OK(osisession_zip_router_free(n.router));
  CHECK(tables.zone_count == 1 && is(tables.zones[0], "Far away", "Far away"));
  OK(osisession_zip_tables_free(&tables));
  OK(osisession_zip_event_free(&event));
}

static void names_as_octets_and_text(void)
{
  char buffer[100];
  uint8_t octets[32];
  size_t needed = 0;
  int32_t alike = -1;
  OK(osisession_zip_name_text("F\x8ar", 3, buffer, sizeof buffer, &needed, error_info()));
  CHECK(strcmp(buffer, "F\xc3\xa4r") == 0 && needed == 5);
  STATUS(OSISESSION_E_BUFFER_TOO_SMALL, osisession_zip_name_text("F\x8ar", 3, buffer, 4, &needed, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_zip_name_text("123456789012345678901234567890123", 33, buffer, 100, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_zip_name_text(NULL, 3, buffer, 4, &needed, error_info()));
  OK(osisession_zip_name_octets("F\xc3\xa4r", octets, sizeof octets, &needed, error_info()));
  CHECK(needed == 3 && memcmp(octets, "F\x8ar", 3) == 0);
  STATUS(OSISESSION_E_BUFFER_TOO_SMALL, osisession_zip_name_octets("F\xc3\xa4r", octets, 2, &needed, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_zip_name_octets("\xe4\xb8\xad", octets, sizeof octets, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_zip_name_octets(NULL, octets, sizeof octets, NULL, error_info()));
  OK(osisession_zip_name_same("F\x8ar", 3, "f\x80R", 3, &alike, error_info()));
  CHECK(alike == 1);
  OK(osisession_zip_name_same("Near", 4, "Far", 3, &alike, error_info()));
  CHECK(alike == 0);
  STATUS(OSISESSION_E_NULL, osisession_zip_name_same("a", 1, "a", 1, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_zip_name_same(NULL, 1, "a", 1, &alike, error_info()));
}

static osisession_zip_event an_event;
static osisession_zip_state a_state;
static osisession_zip_routing a_routing;
static osisession_zip_port_state a_port;
static osisession_zip_tables some_tables;
static uint32_t a_number;
static int32_t a_descriptor;
static int64_t a_time;

typedef int32_t (*any_call)(void *handle, osisession_error_info *error);

#define CALL(name, expression) \
  static int32_t name(void *h, osisession_error_info *error) { return (expression); }
#define N ((osisession_zip_node *)h)
#define R ((osisession_zip_router *)h)

CALL(n_dispatch, osisession_zip_node_dispatch(N, 0, error))
CALL(n_start, osisession_zip_node_start(N, error))
CALL(n_stop, osisession_zip_node_stop(N, error))
CALL(n_descriptor, osisession_zip_node_descriptor(N, &a_descriptor, error))
CALL(n_timeout, osisession_zip_node_next_timeout_ns(N, &a_time, error))
CALL(n_join, osisession_zip_node_join(N, 0, error))
CALL(n_state, osisession_zip_node_state(N, &a_state, error))
CALL(n_next, osisession_zip_next_event(N, 0, &an_event, error))
CALL(n_zones, osisession_zip_zones(N, OSISESSION_ZIP_GET_ZONE_LIST, 0, &an_event, error))
CALL(n_zones_request, osisession_zip_zones_request(N, OSISESSION_ZIP_GET_ZONE_LIST, &a_number, error))
CALL(n_lookup, osisession_zip_lookup(N, "=:=", 0, &an_event, error))
CALL(n_lookup_request, osisession_zip_lookup_request(N, "=:=", &a_number, error))
CALL(n_cancel, osisession_zip_cancel(N, 0, error))
CALL(n_register, osisession_zip_register(N, "O", "T", 130, 0, error))
CALL(n_register_request, osisession_zip_register_request(N, "O", "T", 130, &a_number, error))
CALL(n_unregister, osisession_zip_unregister(N, "O", "T", error))
CALL(n_pick, osisession_zip_pick_zone(N, "Zone", error))
CALL(n_echo, osisession_zip_echo(N, 0, 1, NULL, 0, 0, NULL, error))
CALL(n_echo_request, osisession_zip_echo_request(N, 0, 1, NULL, 0, &a_number, error))
CALL(r_dispatch, osisession_zip_router_dispatch(R, 0, error))
CALL(r_start, osisession_zip_router_start(R, error))
CALL(r_stop, osisession_zip_router_stop(R, error))
CALL(r_descriptor, osisession_zip_router_descriptor(R, &a_descriptor, error))
CALL(r_timeout, osisession_zip_router_next_timeout_ns(R, &a_time, error))
CALL(r_next, osisession_zip_router_next_event(R, 0, &an_event, error))
CALL(r_state, osisession_zip_router_state(R, &a_routing, error))
CALL(r_port, osisession_zip_router_port_state(R, 0, &a_port, error))
CALL(r_tables, osisession_zip_router_tables(R, &some_tables, error))
CALL(r_down, osisession_zip_router_take_down(R, 0, error))
CALL(r_up, osisession_zip_router_bring_up(R, 0, error))
CALL(r_rename, osisession_zip_router_rename_zone(R, 100, "A", "B", error))

static const struct {
  const char *name;
  any_call call;
  int kind;
} calls[] = {
#define ROW(name, kind) {#name, name, kind},
  ROW(n_dispatch, 0) ROW(n_start, 0) ROW(n_stop, 0) ROW(n_descriptor, 0) ROW(n_timeout, 0) ROW(n_join, 0)
  ROW(n_state, 0) ROW(n_next, 0) ROW(n_zones, 0) ROW(n_zones_request, 0) ROW(n_lookup, 0) ROW(n_lookup_request, 0)
  ROW(n_cancel, 0) ROW(n_register, 0) ROW(n_register_request, 0) ROW(n_unregister, 0) ROW(n_pick, 0) ROW(n_echo, 0)
  ROW(n_echo_request, 0) ROW(r_dispatch, 1) ROW(r_start, 1) ROW(r_stop, 1) ROW(r_descriptor, 1) ROW(r_timeout, 1)
  ROW(r_next, 1) ROW(r_state, 1) ROW(r_port, 1) ROW(r_tables, 1) ROW(r_down, 1) ROW(r_up, 1) ROW(r_rename, 1)
#undef ROW
};

static void wrong(size_t i, void *value, int32_t wanted)
{
  int32_t status;
  OSISESSION_INIT(&an_event);
  OSISESSION_INIT(&a_state);
  OSISESSION_INIT(&a_routing);
  OSISESSION_INIT(&a_port);
  OSISESSION_INIT(&some_tables);
  status = calls[i].call(value, error_info());
  if (status != wanted) {
    char what[100];
    snprintf(what, sizeof what, "%s gave %s, not %s", calls[i].name, osisession_status_name(status), osisession_status_name(wanted));
    harness_fail(__FILE__, __LINE__, what);
  } else {
    CHECK(harness_error.status == wanted && harness_error.text[0] != 0);
  }
}

static void every_call_with_every_wrong_handle(void)
{
  char near[40], far[40];
  osisession_endpoint *sessions = NULL;
  osisession_zip_node *node, *freed_node;
  osisession_zip_router *router, *freed_router;
  int on_the_stack = 0;
  size_t i;
  segment(near, sizeof near);
  segment(far, sizeof far);
  MUST(osisession_endpoint_new(&sessions, error_info()));
  node = make_node(near);
  freed_node = make_node(near);
  OK(osisession_zip_node_free(freed_node));
  router = make_router(near, far);
  freed_router = make_router(near, far);
  OK(osisession_zip_router_free(freed_router));
  for (i = 0; i < sizeof calls / sizeof calls[0]; i++) {
    const int of_nodes = calls[i].kind == 0;
    wrong(i, NULL, OSISESSION_E_NULL_HANDLE);
    wrong(i, &on_the_stack, OSISESSION_E_FOREIGN_HANDLE);
    wrong(i, (void *)(uintptr_t)1, OSISESSION_E_FOREIGN_HANDLE);
    wrong(i, (void *)~(uintptr_t)0, OSISESSION_E_FOREIGN_HANDLE);
    wrong(i, sessions, OSISESSION_E_WRONG_KIND);
    wrong(i, of_nodes ? (void *)router : (void *)node, OSISESSION_E_WRONG_KIND);
    wrong(i, of_nodes ? (void *)freed_node : (void *)freed_router, OSISESSION_E_STALE);
  }
  OK(osisession_zip_node_free(NULL));
  OK(osisession_zip_router_free(NULL));
  OK(osisession_zip_event_free(NULL));
  OK(osisession_zip_tables_free(NULL));
  STATUS(OSISESSION_E_STALE, osisession_zip_node_free(freed_node));
  STATUS(OSISESSION_E_STALE, osisession_zip_router_free(freed_router));
  STATUS(OSISESSION_E_WRONG_KIND, osisession_zip_node_free((osisession_zip_node *)(void *)router));
  STATUS(OSISESSION_E_WRONG_KIND, osisession_zip_router_free((osisession_zip_router *)(void *)node));
  STATUS(OSISESSION_E_WRONG_KIND, osisession_endpoint_free((osisession_endpoint *)(void *)node));
  OK(osisession_zip_node_free(node));
  OK(osisession_zip_router_free(router));
  OK(osisession_endpoint_free(sessions));
}

static void arguments_that_cannot_be(void)
{
  static const char *const segments[] = {"", "udp", "ltoudp:", "ltoudp:name", "ltoudp:127.0.0.1:0", "ltoudp:127.0.0.1:70000", "ltoudp:127.0.0.1:1:1"};
  char at[40];
  osisession_zip_node_config config;
  osisession_zip_router_config routers;
  osisession_zip_port port;
  osisession_zip_node *node = NULL;
  osisession_zip_router *router = NULL;
  osisession_octets zone = text("Zone");
  osisession_zip_event event;
  size_t i;
  segment(at, sizeof at);
  OSISESSION_INIT(&config);
  STATUS(OSISESSION_E_NULL, osisession_zip_node_new(NULL, &node, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_zip_node_new(&config, &node, error_info()));
  config.segment = at;
  STATUS(OSISESSION_E_NULL, osisession_zip_node_new(&config, NULL, error_info()));
  config.flags = 0x80;
  STATUS(OSISESSION_E_INVALID, osisession_zip_node_new(&config, &node, error_info()));
  config.flags = 0;
  config.node = 255;
  STATUS(OSISESSION_E_INVALID, osisession_zip_node_new(&config, &node, error_info()));
  config.node = 0;
  config.struct_size = 8;
  STATUS(OSISESSION_E_STRUCT_SIZE, osisession_zip_node_new(&config, &node, error_info()));
  config.struct_size = sizeof config;
  for (i = 0; i < sizeof segments / sizeof segments[0]; i++) {
    config.segment = segments[i];
    STATUS(OSISESSION_E_INVALID, osisession_zip_node_new(&config, &node, error_info()));
  }
  /* An address that this host does not have. */
  config.segment = "ltoudp:192.0.2.1:2000";
  STATUS(OSISESSION_E_TRANSPORT, osisession_zip_node_new(&config, &node, error_info()));
  CHECK(node == NULL);

  OSISESSION_INIT(&routers);
  memset(&port, 0, sizeof port);
  STATUS(OSISESSION_E_NULL, osisession_zip_router_new(NULL, &router, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_zip_router_new(&routers, &router, error_info()));
  routers.ports = &port;
  STATUS(OSISESSION_E_LENGTH, osisession_zip_router_new(&routers, &router, error_info()));
  routers.port_count = SIZE_MAX;
  STATUS(OSISESSION_E_LENGTH, osisession_zip_router_new(&routers, &router, error_info()));
  routers.port_count = 1;
  STATUS(OSISESSION_E_NULL, osisession_zip_router_new(&routers, &router, error_info()));
  port.segment = at;
  STATUS(OSISESSION_E_NULL, osisession_zip_router_new(&routers, NULL, error_info()));
  routers.flags = 2;
  STATUS(OSISESSION_E_INVALID, osisession_zip_router_new(&routers, &router, error_info()));
  routers.flags = 0;
  routers.struct_size = 4;
  STATUS(OSISESSION_E_STRUCT_SIZE, osisession_zip_router_new(&routers, &router, error_info()));
  routers.struct_size = sizeof routers;
  port.node = 255;
  STATUS(OSISESSION_E_INVALID, osisession_zip_router_new(&routers, &router, error_info()));
  port.node = 0;
  port.reserved = 1;
  STATUS(OSISESSION_E_INVALID, osisession_zip_router_new(&routers, &router, error_info()));
  port.reserved = 0;
  port.range_start = 65536;
  STATUS(OSISESSION_E_INVALID, osisession_zip_router_new(&routers, &router, error_info()));
  port.range_start = port.range_end = 7;
  STATUS(OSISESSION_E_INVALID, osisession_zip_router_new(&routers, &router, error_info()));
  port.zone_count = 1;
  STATUS(OSISESSION_E_NULL, osisession_zip_router_new(&routers, &router, error_info()));
  port.zone_count = 256;
  STATUS(OSISESSION_E_LENGTH, osisession_zip_router_new(&routers, &router, error_info()));
  port.zone_count = 1;
  port.zones = &zone;
  zone = text("*");
  STATUS(OSISESSION_E_INVALID, osisession_zip_router_new(&routers, &router, error_info()));
  zone = text("\xff");
  STATUS(OSISESSION_E_INVALID, osisession_zip_router_new(&routers, &router, error_info()));
  zone = text("Zone");
  port.range_end = 8;
  STATUS(OSISESSION_E_INVALID, osisession_zip_router_new(&routers, &router, error_info()));
  CHECK(router == NULL);

  node = make_node(at);
  OSISESSION_INIT(&event);
  STATUS(OSISESSION_E_NULL, osisession_zip_node_state(node, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_zip_node_descriptor(node, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_zip_node_next_timeout_ns(node, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_zip_next_event(node, 0, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_zip_zones_request(node, OSISESSION_ZIP_GET_MY_ZONE, NULL, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_zip_zones_request(node, 4, &a_number, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_zip_lookup(node, NULL, 0, &event, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_zip_lookup(node, "=:=", 0, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_zip_lookup_request(node, "=:=", NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_zip_register(node, NULL, "T", 130, 0, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_zip_register(node, "O", NULL, 130, 0, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_zip_register_request(node, "O", "T", 130, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_zip_pick_zone(node, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_zip_echo_request(node, 0, 1, NULL, 0, NULL, error_info()));
  event.struct_size = 3;
  STATUS(OSISESSION_E_STRUCT_SIZE, osisession_zip_next_event(node, 0, &event, error_info()));
  memset(&event, 0, sizeof event);
  OK(osisession_zip_event_free(&event));
  OK(osisession_zip_node_free(node));
}

static void events_outlive_what_they_came_from(void)
{
  network n;
  osisession_zip_node *node;
  osisession_zip_event event, copy;
  network_open(&n);
  node = make_node(n.near);
  MUST(osisession_zip_node_join(node, SOON, error_info()));
  OSISESSION_INIT(&event);
  OK(osisession_zip_zones(node, OSISESSION_ZIP_GET_ZONE_LIST, SOON, &event, error_info()));
  OK(osisession_zip_node_free(node));
  OK(osisession_zip_router_free(n.router));
  CHECK(event.zone_count == 2 && is(event.zones[0], "Near", "Near"));
  copy = event;
  OK(osisession_zip_event_free(&event));
  OK(osisession_zip_event_free(&event));
  STATUS(OSISESSION_E_STALE, osisession_zip_event_free(&copy));
}

int main(void)
{
  RUN(zones_of_an_internet);
  RUN(names_and_echoes);
  RUN(an_event_loop_of_the_callers);
  RUN(alone);
  RUN(tables_of_a_router);
  RUN(names_as_octets_and_text);
  RUN(every_call_with_every_wrong_handle);
  RUN(arguments_that_cannot_be);
  RUN(events_outlive_what_they_came_from);
  return harness_end();
}
