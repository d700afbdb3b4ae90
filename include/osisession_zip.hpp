/*
 * osisession_zip.hpp - AppleTalk zone information in C++17: nodes and routers. A thin layer over the osisession_zip_... functions of
 * osisession.h, in the manner of osisession.hpp, which it includes; what everything means stands there. Names are in UTF-8 here.
 */
#ifndef OSISESSION_ZIP_HPP
#define OSISESSION_ZIP_HPP

#include "osisession.hpp"

namespace osisession::zip {

/// The octets of a name in Mac OS Roman, of its text in UTF-8: at most 32.
inline std::string to_roman(const std::string &text, reporter report = {})
{
  std::uint8_t octets[32];
  std::size_t length = 0;
  if (!report([&](auto *why) { return osisession_zip_name_octets(text.c_str(), octets, sizeof octets, &length, why); })) return {};
  return {reinterpret_cast<const char *>(octets), length};
}

/// A name in UTF-8, of its octets in Mac OS Roman.
inline std::string from_roman(bytes_view octets, reporter report = {})
{
  return osisession::detail::text(report, [&](char *text, std::size_t size, std::size_t *needed, osisession_error_info *why) {
    return osisession_zip_name_text(octets.data(), octets.size(), text, size, needed, why);
  });
}

/// A name in UTF-8; empty if there is none.
inline std::string text(const osisession_zip_name &name, reporter report = {})
{
  if (name.text == nullptr) return {};
  // The text ends at a NUL, which may be in the name.
  if (view(name.octets).find('\0') != std::string_view::npos) return from_roman(name.octets, report);
  return name.text;
}

/// Whether two names, in Mac OS Roman, are the same to AppleTalk, which does not tell capital letters from small ones.
inline bool same_name(bytes_view a, bytes_view b, reporter report = {})
{
  std::int32_t same = 0;
  report([&](auto *why) { return osisession_zip_name_same(a.data(), a.size(), b.data(), b.size(), &same, why); });
  return same != 0;
}

/// Something that was found by its name; it lives by itself.
struct entity {
  /// Its own name.
  std::string object;
  /// Its type, such as "LaserWriter".
  std::string type;
  /// Its zone; "*" is that of the node that asked.
  std::string zone;
  /// Network number of the node that it is at.
  std::uint32_t network = 0;
  /// Node id.
  std::uint32_t node = 0;
  /// Its socket there.
  std::uint32_t socket = 0;
  /// Tells names at the same socket apart.
  std::uint32_t enumerator = 0;
};

namespace detail {

/// Names of a C struct.
inline std::vector<std::string> texts(const osisession_zip_name *names, std::size_t count)
{
  std::vector<std::string> found;
  found.reserve(count);
  for (std::size_t i = 0; i < count; i++) found.push_back(text(names[i]));
  return found;
}

} // namespace detail

/// What a node or a router tells, with what it points to. Its fields are those of osisession_zip_event.
class event : public osisession::detail::filled<osisession_zip_event, osisession_zip_event_free> {
public:
  /// There is one.
  explicit operator bool() const noexcept { return (**this).type != 0; }
  /// OSISESSION_ZIP_EVENT_...; 0: there is none.
  std::uint32_t type() const noexcept { return (**this).type; }
  /// What was asked: the number that the request gave.
  std::uint32_t number() const noexcept { return (**this).number; }
  /// The data of an echo, as long as the event lives.
  std::string_view data() const noexcept { return view((**this).data); }
  /// A zone; empty if the event has none.
  std::string zone() const { return text((**this).zone); }
  /// Zones.
  std::vector<std::string> zones() const { return detail::texts((**this).zones, (**this).zone_count); }

  /// Entities.
  std::vector<entity> entities() const
  {
    std::vector<entity> found;
    found.reserve((**this).entity_count);
    for (std::size_t i = 0; i < (**this).entity_count; i++) {
      const auto &it = (**this).entities[i];
      found.push_back({text(it.object), text(it.type), text(it.zone), it.network, it.node, it.socket, it.enumerator});
    }
    return found;
  }
};

/// The tables of a router at one time; they outlive it. Their fields are those of osisession_zip_tables.
class tables : public osisession::detail::filled<osisession_zip_tables, osisession_zip_tables_free> {
public:
  /// How many networks are in the routing table.
  std::size_t size() const noexcept { return (**this).route_count; }
  /// The first network.
  const osisession_zip_route *begin() const noexcept { return (**this).routes; }
  /// Behind the last network.
  const osisession_zip_route *end() const noexcept { return (**this).routes == nullptr ? nullptr : (**this).routes + size(); }
  /// Every zone that is known, in the order of GetZoneList.
  std::vector<std::string> zones() const { return detail::texts((**this).zones, (**this).zone_count); }
  /// The zones of a network of these tables, once all of them are known.
  static std::vector<std::string> zones_of(const osisession_zip_route &route) { return detail::texts(route.zones, route.zone_count); }
};

/// A node on an AppleTalk network. Ending it takes its names away.
class node : public osisession::detail::owner<osisession_zip_node, osisession_zip_node_free> {
public:
  using owner::owner;

  /// A node; it gets its address while it is driven.
  explicit node(const osisession_zip_node_config &config, reporter report = {})
    : owner([&] {
        osisession_zip_node *made = nullptr;
        report([&](auto *why) { return osisession_zip_node_new(&config, &made, why); });
        return made;
      }())
  {
  }

  /// A node on this segment, "ltoudp", "ltoudp:ADDRESS:PORT" or "ethertalk:INTERFACE"; all else is the default.
  explicit node(const std::string &segment, reporter report = {}) : node(config_of(segment), report) {}

  /// Drives the node once. Afterwards take its events.
  void dispatch(milliseconds timeout = forever, reporter report = {})
  {
    report([&](auto *why) { return osisession_zip_node_dispatch(get(), timeout.count(), why); });
  }

  /// Starts the background thread.
  void start(reporter report = {})
  {
    report([&](auto *why) { return osisession_zip_node_start(get(), why); });
  }

  /// Stops the background thread.
  void stop(reporter report = {})
  {
    report([&](auto *why) { return osisession_zip_node_stop(get(), why); });
  }

  /// To be watched in an event loop: readable when dispatch(0ms) has something to do.
  int descriptor(reporter report = {}) const
  {
    std::int32_t found = -1;
    report([&](auto *why) { return osisession_zip_node_descriptor(get(), &found, why); });
    return found;
  }

  /// When dispatch is due though the descriptor is quiet; nothing if no time is waited for. Ask again after each call.
  std::optional<std::chrono::nanoseconds> next_timeout(reporter report = {}) const
  {
    std::int64_t nanoseconds = -1;
    report([&](auto *why) { return osisession_zip_node_next_timeout_ns(get(), &nanoseconds, why); });
    if (nanoseconds < 0) return std::nullopt;
    return std::chrono::nanoseconds(nanoseconds);
  }

  /// Waits until it has an address, and knows a router or that there is none.
  void join(milliseconds timeout = forever, reporter report = {})
  {
    report([&](auto *why) { return osisession_zip_node_join(get(), timeout.count(), why); });
  }

  /// Where it stands.
  osisession_zip_state state(reporter report = {}) const
  {
    auto found = make<osisession_zip_state>();
    report([&](auto *why) { return osisession_zip_node_state(get(), &found, why); });
    return found;
  }

  /// Waits for the next event.
  event next_event(milliseconds timeout = forever, reporter report = {})
  {
    event next;
    report([&](auto *why) { return osisession_zip_next_event(get(), timeout.count(), next.reset(), why); });
    return next;
  }

  /// The next event if there is one; this drives as well.
  std::optional<event> try_next_event(reporter report = {})
  {
    return osisession::detail::next_if_any(report, event(), [&](auto &next, auto *why) {
      return osisession_zip_next_event(get(), 0, next.reset(), why);
    });
  }

  /// Asks the router for zones (OSISESSION_ZIP_GET_...), and waits for the answer; a negative time is as long as the node tries.
  std::vector<std::string> zones(std::uint32_t which = OSISESSION_ZIP_GET_ZONE_LIST, milliseconds timeout = forever, reporter report = {})
  {
    event answer;
    report([&](auto *why) { return osisession_zip_zones(get(), which, timeout.count(), answer.reset(), why); });
    return answer.zones();
  }

  /// Asks the router for zones and does not wait. Returns the number that the event will name.
  std::uint32_t zones_request(std::uint32_t which = OSISESSION_ZIP_GET_ZONE_LIST, reporter report = {})
  {
    std::uint32_t number = 0;
    report([&](auto *why) { return osisession_zip_zones_request(get(), which, &number, why); });
    return number;
  }

  /// Looks names up, "OBJECT:TYPE@ZONE", and waits until that is over, or fails after this time.
  std::vector<entity> lookup(const std::string &name, milliseconds timeout = forever, reporter report = {})
  {
    event answer;
    report([&](auto *why) { return osisession_zip_lookup(get(), name.c_str(), timeout.count(), answer.reset(), why); });
    return answer.entities();
  }

  /// Begins to look names up. Returns the number that the events will name.
  std::uint32_t lookup_request(const std::string &name, reporter report = {})
  {
    std::uint32_t number = 0;
    report([&](auto *why) { return osisession_zip_lookup_request(get(), name.c_str(), &number, why); });
    return number;
  }

  /// Gives up a look-up or a registration.
  void cancel(std::uint32_t number, reporter report = {})
  {
    report([&](auto *why) { return osisession_zip_cancel(get(), number, why); });
  }

  /// Registers a name of this node (osisession_zip_register), and waits until it is known that nobody has it.
  void register_name(const std::string &object, const std::string &type, std::uint32_t socket, milliseconds timeout = forever,
                     reporter report = {})
  {
    report([&](auto *why) { return osisession_zip_register(get(), object.c_str(), type.c_str(), socket, timeout.count(), why); });
  }

  /// Begins to register a name. Returns the number that the event will name.
  std::uint32_t register_request(const std::string &object, const std::string &type, std::uint32_t socket, reporter report = {})
  {
    std::uint32_t number = 0;
    report([&](auto *why) { return osisession_zip_register_request(get(), object.c_str(), type.c_str(), socket, &number, why); });
    return number;
  }

  /// Takes a name back.
  void unregister(const std::string &object, const std::string &type, reporter report = {})
  {
    report([&](auto *why) { return osisession_zip_unregister(get(), object.c_str(), type.c_str(), why); });
  }

  /// Picks a zone of an extended network; the outcome is an event.
  void pick_zone(const std::string &zone, reporter report = {})
  {
    report([&](auto *why) { return osisession_zip_pick_zone(get(), zone.c_str(), why); });
  }

  /// Sends an echo request, and waits until it comes back. Returns how long it took; a negative time is as long as the node waits.
  std::chrono::nanoseconds echo(std::uint32_t network, std::uint32_t to, bytes_view data = {}, milliseconds timeout = forever,
                                reporter report = {})
  {
    std::int64_t nanoseconds = 0;
    report([&](auto *why) {
      return osisession_zip_echo(get(), network, to, data.data(), data.size(), timeout.count(), &nanoseconds, why);
    });
    return std::chrono::nanoseconds(nanoseconds);
  }

  /// Sends an echo request and does not wait. Returns the number that the event will name.
  std::uint32_t echo_request(std::uint32_t network, std::uint32_t to, bytes_view data = {}, reporter report = {})
  {
    std::uint32_t number = 0;
    report([&](auto *why) { return osisession_zip_echo_request(get(), network, to, data.data(), data.size(), &number, why); });
    return number;
  }

private:
  static osisession_zip_node_config config_of(const std::string &segment) noexcept
  {
    auto config = make<osisession_zip_node_config>();
    config.segment = segment.c_str();
    return config;
  }
};

/// A router. It routes while it is driven; ending it says nothing more.
class router : public osisession::detail::owner<osisession_zip_router, osisession_zip_router_free> {
public:
  using owner::owner;

  /// A router, and starts its ports.
  explicit router(const osisession_zip_router_config &config, reporter report = {})
    : owner([&] {
        osisession_zip_router *made = nullptr;
        report([&](auto *why) { return osisession_zip_router_new(&config, &made, why); });
        return made;
      }())
  {
  }

  /// Drives the router once. Afterwards take its events.
  void dispatch(milliseconds timeout = forever, reporter report = {})
  {
    report([&](auto *why) { return osisession_zip_router_dispatch(get(), timeout.count(), why); });
  }

  /// Starts the background thread.
  void start(reporter report = {})
  {
    report([&](auto *why) { return osisession_zip_router_start(get(), why); });
  }

  /// Stops the background thread.
  void stop(reporter report = {})
  {
    report([&](auto *why) { return osisession_zip_router_stop(get(), why); });
  }

  /// To be watched in an event loop: readable when dispatch(0ms) has something to do.
  int descriptor(reporter report = {}) const
  {
    std::int32_t found = -1;
    report([&](auto *why) { return osisession_zip_router_descriptor(get(), &found, why); });
    return found;
  }

  /// When dispatch is due though the descriptor is quiet; nothing if no time is waited for. Ask again after each call.
  std::optional<std::chrono::nanoseconds> next_timeout(reporter report = {}) const
  {
    std::int64_t nanoseconds = -1;
    report([&](auto *why) { return osisession_zip_router_next_timeout_ns(get(), &nanoseconds, why); });
    if (nanoseconds < 0) return std::nullopt;
    return std::chrono::nanoseconds(nanoseconds);
  }

  /// Waits for the next event.
  event next_event(milliseconds timeout = forever, reporter report = {})
  {
    event next;
    report([&](auto *why) { return osisession_zip_router_next_event(get(), timeout.count(), next.reset(), why); });
    return next;
  }

  /// The next event if there is one; this drives as well.
  std::optional<event> try_next_event(reporter report = {})
  {
    return osisession::detail::next_if_any(report, event(), [&](auto &next, auto *why) {
      return osisession_zip_router_next_event(get(), 0, next.reset(), why);
    });
  }

  /// Where it stands.
  osisession_zip_routing state(reporter report = {}) const
  {
    auto found = make<osisession_zip_routing>();
    report([&](auto *why) { return osisession_zip_router_state(get(), &found, why); });
    return found;
  }

  /// Where a port stands, by its place in the configuration.
  osisession_zip_port_state port_state(std::uint32_t port, reporter report = {}) const
  {
    auto found = make<osisession_zip_port_state>();
    report([&](auto *why) { return osisession_zip_router_port_state(get(), port, &found, why); });
    return found;
  }

  /// Its tables as they are now.
  zip::tables tables(reporter report = {}) const
  {
    zip::tables found;
    report([&](auto *why) { return osisession_zip_router_tables(get(), found.reset(), why); });
    return found;
  }

  /// Takes a port down, by its place in the configuration.
  void take_down(std::uint32_t port, reporter report = {})
  {
    report([&](auto *why) { return osisession_zip_router_take_down(get(), port, why); });
  }

  /// Starts a port again.
  void bring_up(std::uint32_t port, reporter report = {})
  {
    report([&](auto *why) { return osisession_zip_router_bring_up(get(), port, why); });
  }

  /// Gives a zone of a network another name, and tells the nodes there.
  void rename_zone(std::uint32_t network, const std::string &old_name, const std::string &new_name, reporter report = {})
  {
    report([&](auto *why) { return osisession_zip_router_rename_zone(get(), network, old_name.c_str(), new_name.c_str(), why); });
  }
};

} // namespace osisession::zip

#endif
