// AppleTalk in C++: a router and nodes over multicasts on loopback; with exceptions, and (compiled a second time) without.
#include "check.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <osisession_zip.hpp>
#include <sys/socket.h>
#include <unistd.h>

namespace zip = osisession::zip;
using names = std::vector<std::string>;

static bool is(const std::error_code &code, std::int32_t status)
{
  return code == osisession::make_error_code(status);
}

/// A segment that nobody else of this host has: its UDP port is one that was free.
static std::string segment()
{
  sockaddr_in address{};
  socklen_t length = sizeof address;
  address.sin_family = AF_INET;
  const int s = socket(AF_INET, SOCK_DGRAM, 0);
  auto *const generic = reinterpret_cast<sockaddr *>(&address);
  if (s < 0 || bind(s, generic, length) != 0 || getsockname(s, generic, &length) != 0) {
    std::printf("Bail out! no UDP port\n");
    std::exit(1);
  }
  close(s);
  return "ltoudp:127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

static const std::string FAR = "F\xc3\xa4r";

/// A router of the networks 100, zone Near, and 200, zone Fär; both ports route.
static zip::router routed(const std::string &near, const std::string &far)
{
  const osisession_octets zones[2] = {osisession::octets("Near"), osisession::octets(FAR)};
  osisession_zip_port ports[2] = {};
  for (std::uint32_t i = 0; i < 2; i++) {
    ports[i].segment = i == 0 ? near.c_str() : far.c_str();
    ports[i].range_start = ports[i].range_end = 100 + 100 * i;
    ports[i].zones = &zones[i];
    ports[i].zone_count = 1;
    ports[i].node = 254 - i;
  }
  auto config = osisession::make<osisession_zip_router_config>();
  config.ports = ports;
  config.port_count = 2;
  config.enquiry_interval_ms = 20;
  config.verify_interval_ms = 100;
  config.send_interval_ms = 1000;
  config.bringback_ms = 1;
  zip::router router(config);
  for (int active = 0; active < 2;) {
    const auto event = router.next_event(10s);
    if (event.type() != OSISESSION_ZIP_EVENT_PORT_ACTIVE) continue;
    CHECK(event->node == 254 - event->port && event->network == 100 + 100 * event->port);
    active++;
  }
  return router;
}

static zip::node joined(const std::string &segment)
{
  auto config = osisession::make<osisession_zip_node_config>();
  config.segment = segment.c_str();
  config.enquiry_interval_ms = 20;
  config.net_info_interval_ms = 1000;
  config.lookup_interval_ms = 400;
  zip::node node(config);
  node.join(10s);
  return node;
}

static void zones_of_an_internet()
{
  const auto near = segment(), far = segment();
  auto router = routed(near, far);
  router.start();
  auto node = joined(near);
  const auto state = node.state();
  CHECK(state.state == OSISESSION_ZIP_UP && state.network == 100 && state.router_node == 254);
  CHECK(node.zones() == names({"Near", FAR}));
  CHECK(node.zones(OSISESSION_ZIP_GET_LOCAL_ZONES, 10s) == names{"Near"} && node.zones(OSISESSION_ZIP_GET_MY_ZONE, 10s) == names{"Near"});
  std::error_code code;
  CHECK(node.zones(9, 10s, code).empty() && is(code, OSISESSION_E_INVALID));
  node.pick_zone(FAR, code);
  CHECK(is(code, OSISESSION_E_REFUSED));
  // What happened meanwhile.
  auto up = node.next_event(10s);
  CHECK(up && up.type() == OSISESSION_ZIP_EVENT_UP && up->router_node == 254 && up.zone().empty());
  const auto zone = node.next_event(10s);
  CHECK(zone.type() == OSISESSION_ZIP_EVENT_ZONE && zone.zone() == "Near" && zone.zones().empty() && zone.entities().empty());
  CHECK(!node.try_next_event() && !node.next_event(1ms, code) && is(code, OSISESSION_E_TIMED_OUT));
  // Requests that do not wait; events move, and outlive what they came from.
  const auto asked = node.zones_request();
  zip::event answer = node.next_event(10s);
  CHECK(answer.type() == OSISESSION_ZIP_EVENT_ZONES && answer.number() == asked);
  const auto echo = node.echo_request(100, 254, "echo");
  const auto echoed = node.next_event(10s);
  CHECK(echoed.type() == OSISESSION_ZIP_EVENT_ECHOED && echoed.number() == echo && echoed.data() == "echo");
  node = zip::node();
  router = zip::router();
  const zip::event moved(std::move(answer));
  CHECK(!answer && answer.zones().empty() && moved.zones() == names({"Near", FAR}));
}

static void names_and_echoes()
{
  const auto near = segment(), far = segment();
  auto router = routed(near, far);
  router.start();
  auto there = joined(far);
  std::error_code code;
  there.register_name("Printer", "LaserWriter", 130);
  there.register_name("PRINTER", "laserwriter", 131, 10s, code);
  CHECK(is(code, OSISESSION_E_REFUSED) && there.state().names == 1);
  while (there.try_next_event()) continue;
  const auto number = there.register_request("Other", "LaserWriter", 131);
  const auto known = there.next_event(10s);
  CHECK(known.type() == OSISESSION_ZIP_EVENT_REGISTERED && known.number() == number && known.entities().at(0).object == "Other");
  there.start();
  auto here = joined(near);
  auto found = here.lookup("=:LaserWriter@" + FAR);
  CHECK(found.size() == 2);
  std::sort(found.begin(), found.end(), [](auto &a, auto &b) { return a.socket < b.socket; });
  CHECK(found.at(0).object == "Printer" && found.at(0).type == "LaserWriter" && found.at(0).socket == 130 && found.at(1).object == "Other");
  CHECK(found.at(0).network == 200 && found.at(0).node == there.state().node);
  CHECK(here.lookup("=:=@Near", 10ms, code).empty() && is(code, OSISESSION_E_TIMED_OUT));
  CHECK(here.lookup("no colon", 10s, code).empty() && is(code, OSISESSION_E_INVALID));
  CHECK(here.echo(200, there.state().node, "hello") > 0ns);
  CHECK(here.echo(300, 1, "hello", 10ms, code) == 0ns && is(code, OSISESSION_E_TIMED_OUT));
  there.unregister("pRINTER", "LaserWriter");
  there.unregister("Printer", "LaserWriter", code);
  CHECK(is(code, OSISESSION_E_REFUSED));
  here.cancel(here.lookup_request("Printer:=@" + FAR));
  CHECK(here.lookup("Printer:=@" + FAR).empty());
  there.stop();
}

static void tables_of_a_router()
{
  const auto near = segment(), far = segment();
  auto router = routed(near, far);
  CHECK(router.descriptor() >= 0 && router.next_timeout());
  CHECK(router.state().routes == 2 && router.state().zones == 2);
  CHECK(router.port_state(1).state == OSISESSION_ZIP_PORT_ACTIVE && router.port_state(1).network == 200);
  std::error_code code;
  router.port_state(2, code);
  CHECK(is(code, OSISESSION_E_INVALID));
  auto tables = router.tables();
  CHECK(tables.size() == 2 && tables.zones().size() == 2);
  for (const auto &route : tables)
    CHECK(route.range_start == 100 + 100 * route.port && zip::tables::zones_of(route) == names{route.port == 0 ? "Near" : FAR});
  router.rename_zone(200, FAR, "Far away");
  router.rename_zone(200, FAR, "Far away", code);
  CHECK(is(code, OSISESSION_E_REFUSED));
  router.take_down(0);
  while (router.next_event(10s).type() != OSISESSION_ZIP_EVENT_PORT_DOWN) continue;
  tables = router.tables();
  do {
    router.dispatch(10ms);
    router.bring_up(0, code);
  } while (is(code, OSISESSION_E_REFUSED));
  CHECK(!code);
  while (router.try_next_event()) continue;
  router.stop();
  router = zip::router();
  CHECK(tables.zones() == names{"Far away"} && tables.size() == 2);
  for (const auto &route : tables) CHECK((route.state == OSISESSION_ZIP_ROUTE_BAD) == (route.range_start == 100));
  const zip::tables moved(std::move(tables));
  CHECK(moved.size() == 2 && tables.size() == 0 && tables.begin() == tables.end() && tables.zones().empty());
}

static void an_event_loop_of_the_callers()
{
  zip::node node(segment());
  CHECK(node.descriptor() >= 0 && node.state().state == OSISESSION_ZIP_JOINING);
  bool alone = false;
  for (int rounds = 0; rounds < 10000 && !alone; rounds++) {
    if (const auto event = node.try_next_event()) {
      alone = event->type() == OSISESSION_ZIP_EVENT_ALONE;
      continue;
    }
    const auto due = node.next_timeout();
    CHECK(due);
    node.dispatch(std::chrono::duration_cast<osisession::milliseconds>(*due) + 1ms);
  }
  CHECK(alone);
}

static void names_as_octets_and_text()
{
  std::error_code code;
  CHECK(zip::to_roman(FAR) == "F\x8ar" && zip::from_roman("F\x8ar") == FAR);
  CHECK(zip::same_name("F\x8ar", "f\x80R") && !zip::same_name("Near", "Far"));
  CHECK(zip::to_roman("\xe4\xb8\xad", code).empty() && is(code, OSISESSION_E_INVALID));
  CHECK(zip::from_roman(std::string(33, 'x'), code).empty() && is(code, OSISESSION_E_INVALID));
  CHECK(!zip::same_name(std::string(33, 'x'), "x", code) && is(code, OSISESSION_E_INVALID));
  // A NUL in a name does not end it.
  const std::string_view odd("a\0b", 3);
  const osisession_zip_name name{osisession::octets(odd), "a"};
  CHECK(zip::text(name) == odd && zip::text(osisession_zip_name{}).empty());
}

static void what_is_moved_away_answers()
{
  const auto at = segment();
  zip::node node(at);
  const zip::node moved = std::move(node);
  std::error_code code;
  CHECK(moved && !node);
  node.join(0ms, code);
  CHECK(is(code, OSISESSION_E_NULL_HANDLE));
  CHECK(!node.try_next_event(code) && is(code, OSISESSION_E_NULL_HANDLE));
  CHECK(node.zones(OSISESSION_ZIP_GET_ZONE_LIST, 0ms, code).empty() && is(code, OSISESSION_E_NULL_HANDLE));
  CHECK(node.lookup_request("=:=", code) == 0 && is(code, OSISESSION_E_NULL_HANDLE));
  CHECK(moved.state(code).state == OSISESSION_ZIP_JOINING && !code);
  zip::router router;
  router.dispatch(0ms, code);
  CHECK(is(code, OSISESSION_E_NULL_HANDLE));
  CHECK(router.tables(code).size() == 0 && is(code, OSISESSION_E_NULL_HANDLE));
  CHECK(!router.try_next_event(code) && is(code, OSISESSION_E_NULL_HANDLE));
  // Arguments that cannot be.
  CHECK(!zip::node(std::string("udp"), code) && is(code, OSISESSION_E_INVALID));
  CHECK(!zip::node(osisession::make<osisession_zip_node_config>(), code) && is(code, OSISESSION_E_NULL));
  CHECK(!zip::router(osisession::make<osisession_zip_router_config>(), code) && is(code, OSISESSION_E_NULL));
}

#if defined(__cpp_exceptions)
static void failures_as_exceptions()
{
  zip::node node(segment());
  for (const bool there : {true, false}) {
    try {
      node.zones(OSISESSION_ZIP_GET_ZONE_LIST, 1ms);
      CHECK(false);
    } catch (const osisession::error &error) {
      CHECK(error.status() == (there ? OSISESSION_E_REFUSED : OSISESSION_E_NULL_HANDLE));
    }
    node = zip::node();
  }
}
#endif

int main()
{
  RUN(zones_of_an_internet);
  RUN(names_and_echoes);
  RUN(tables_of_a_router);
  RUN(an_event_loop_of_the_callers);
  RUN(names_as_octets_and_text);
  RUN(what_is_moved_away_answers);
#if defined(__cpp_exceptions)
  RUN(failures_as_exceptions);
#endif
  return over();
}
