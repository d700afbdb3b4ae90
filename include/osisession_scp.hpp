/*
 * osisession_scp.hpp - DECnet Phase IV session control in C++17: nodes, objects and logical links. A thin layer over the
 * osisession_scp_... functions of osisession.h, in the manner of osisession.hpp, which it includes; what everything means stands there.
 */
#ifndef OSISESSION_SCP_HPP
#define OSISESSION_SCP_HPP

#include "osisession.hpp"

namespace osisession::scp {

/// What a link tells, with its octets. Its fields are those of osisession_scp_event.
class event : public osisession::detail::filled<osisession_scp_event, osisession_scp_event_free> {
public:
  /// There is one.
  explicit operator bool() const noexcept { return (**this).type != 0; }
  /// OSISESSION_SCP_CALL to OSISESSION_SCP_CLOSED; 0: there is none.
  std::uint32_t type() const noexcept { return (**this).type; }
  /// The message, or what came with the connect, accept, reject or disconnect; as long as the event lives.
  std::string_view user_data() const noexcept { return view((**this).user_data); }
  /// Why, of OSISESSION_SCP_REJECTED and OSISESSION_SCP_DISCONNECTED.
  std::uint32_t reason() const noexcept { return (**this).reason; }
};

/// A logical link. Ending it while it is open aborts it; a connect of a peer that was not answered is rejected.
class link : public osisession::detail::owner<osisession_scp_link, osisession_scp_link_free> {
public:
  using owner::owner;

  /// Waits for the answer to a connect, which it returns; a rejection is a failure, with its reason and data.
  event wait_connected(milliseconds timeout = forever, reporter report = {})
  {
    event answer;
    report([&](auto *why) { return osisession_scp_wait_connected(get(), timeout.count(), answer.reset(), why); });
    return answer;
  }

  /// Accepts a connect; at most 16 octets.
  void accept(bytes_view data = {}, reporter report = {})
  {
    report([&](auto *why) { return osisession_scp_accept(get(), data.data(), data.size(), why); });
  }

  /// Rejects a connect; at most 16 octets. The link is over.
  void reject(std::uint32_t reason = OSISESSION_SCP_REASON_BY_END_USER, bytes_view data = {}, reporter report = {})
  {
    report([&](auto *why) { return osisession_scp_reject(get(), reason, data.data(), data.size(), why); });
  }

  /// Sends a message of any length; the time is that for room in the send queue.
  void send(bytes_view data, milliseconds timeout = forever, reporter report = {})
  {
    report([&](auto *why) { return osisession_scp_send(get(), data.data(), data.size(), timeout.count(), why); });
  }

  /// Sends an interrupt message of 1 to 16 octets; the time is that until the peer takes one.
  void interrupt(bytes_view data, milliseconds timeout = forever, reporter report = {})
  {
    report([&](auto *why) { return osisession_scp_interrupt(get(), data.data(), data.size(), timeout.count(), why); });
  }

  /// Waits for the next event.
  event next_event(milliseconds timeout = forever, reporter report = {})
  {
    event next;
    report([&](auto *why) { return osisession_scp_next_event(get(), timeout.count(), next.reset(), why); });
    return next;
  }

  /// The next event if there is one.
  std::optional<event> try_next_event(reporter report = {})
  {
    return osisession::detail::next_if_any(report, event(), [&](auto &next, auto *why) {
      return osisession_scp_next_event(get(), 0, next.reset(), why);
    });
  }

  /// Ends the link in order: what was sent is acknowledged first. At most 16 octets; OSISESSION_SCP_CLOSED is the last event.
  void disconnect(bytes_view data = {}, reporter report = {})
  {
    report([&](auto *why) { return osisession_scp_disconnect(get(), data.data(), data.size(), why); });
  }

  /// Ends the link at once: what was not sent is dropped. At most 16 octets.
  void abort(bytes_view data = {}, reporter report = {})
  {
    report([&](auto *why) { return osisession_scp_abort(get(), data.data(), data.size(), why); });
  }
};

/// A connect of a peer: the link to accept or reject, and who calls with what.
struct call {
  /// To be answered.
  scp::link link;
  /// OSISESSION_SCP_CALL.
  scp::event event;
};

/// An object that can be called. Ending it rejects the connects that nobody has taken; its links live on.
class listener : public osisession::detail::owner<osisession_scp_listener, osisession_scp_listener_free> {
public:
  using owner::owner;

  /// Waits for a connect.
  call accept(milliseconds timeout = forever, reporter report = {})
  {
    call found;
    report([&](auto *why) { return take(found, timeout.count(), why); });
    return found;
  }

  /// The next connect if there is one.
  std::optional<call> try_accept(reporter report = {})
  {
    return osisession::detail::next_if_any(report, call(), [&](auto &found, auto *why) { return take(found, 0, why); });
  }

private:
  std::int32_t take(call &found, std::int64_t timeout, osisession_error_info *why)
  {
    osisession_scp_link *made = nullptr;
    const auto status = osisession_scp_listener_accept(get(), timeout, &made, found.event.reset(), why);
    if (status == OSISESSION_OK) found.link = scp::link(made);
    return status;
  }
};

/// A node: its circuit, its objects, its links. Ending it aborts its links and closes its circuit; their objects answer
/// OSISESSION_E_CLOSED from then on.
class endpoint : public osisession::detail::owner<osisession_scp_endpoint, osisession_scp_endpoint_free> {
public:
  using owner::owner;

  /// A node; its circuit is opened while it is driven.
  explicit endpoint(const osisession_scp_config &config, reporter report = {})
    : owner([&] {
        osisession_scp_endpoint *made = nullptr;
        report([&](auto *why) { return osisession_scp_endpoint_new(&config, &made, why); });
        return made;
      }())
  {
  }

  /// A node with this address, "1.2", on this circuit, "tcp:HOST:PORT"; all else is the default.
  endpoint(const std::string &address, const std::string &circuit, reporter report = {})
    : endpoint(config_of(address, circuit), report)
  {
  }

  /// Makes the name of a node known, or changes its address.
  void define_node(const std::string &name, const std::string &address, reporter report = {})
  {
    report([&](auto *why) { return osisession_scp_endpoint_define_node(get(), name.c_str(), address.c_str(), why); });
  }

  /// Waits until the circuit runs.
  void wait_up(milliseconds timeout = forever, reporter report = {})
  {
    report([&](auto *why) { return osisession_scp_endpoint_wait_up(get(), timeout.count(), why); });
  }

  /// Where it stands.
  osisession_scp_state state(reporter report = {}) const
  {
    auto found = make<osisession_scp_state>();
    report([&](auto *why) { return osisession_scp_endpoint_state(get(), &found, why); });
    return found;
  }

  /// Where the circuit listens, or its UDP socket is; empty where it opens a TCP connection.
  std::string local_address(reporter report = {}) const
  {
    return osisession::detail::text(report, [&](char *text, std::size_t size, std::size_t *needed, osisession_error_info *why) {
      return osisession_scp_endpoint_local_address(get(), text, size, needed, why);
    });
  }

  /// Declares an object: from now on it can be called.
  listener listen(const osisession_scp_object &object, reporter report = {})
  {
    osisession_scp_listener *made = nullptr;
    report([&](auto *why) { return osisession_scp_listen(get(), &object, &made, why); });
    return listener(made);
  }

  /// Declares an object by its name alone, which anyone may call.
  listener listen(bytes_view name, reporter report = {})
  {
    auto object = make<osisession_scp_object>();
    object.name = octets(name);
    return listen(object, report);
  }

  /// Calls an object at a node, "1.1" or a name of the table; the outcome is an event, or that of link::wait_connected.
  scp::link connect(const std::string &node, const osisession_scp_connect_params &params, reporter report = {})
  {
    osisession_scp_link *made = nullptr;
    report([&](auto *why) { return osisession_scp_connect(get(), node.c_str(), &params, &made, why); });
    return scp::link(made);
  }

  /// Calls an object by its name, with nothing else.
  scp::link connect(const std::string &node, bytes_view object, reporter report = {})
  {
    auto params = make<osisession_scp_connect_params>();
    params.object_name = octets(object);
    return connect(node, params, report);
  }

  /// The link or listener that got something since it was last named; both NULL if none did. The handles are those of the objects
  /// that the program has: compare them with get().
  std::pair<osisession_scp_link *, osisession_scp_listener *> next_ready() const
  {
    std::pair<osisession_scp_link *, osisession_scp_listener *> found{nullptr, nullptr};
    osisession_scp_endpoint_next_ready(get(), &found.first, &found.second, nullptr);
    return found;
  }

  /// Drives the node once. Returns how many links and listeners got something.
  std::size_t dispatch(milliseconds timeout = forever, reporter report = {})
  {
    std::size_t count = 0;
    report([&](auto *why) { return osisession_scp_endpoint_dispatch(get(), timeout.count(), &count, why); });
    return count;
  }

  /// Starts the background thread.
  void start(reporter report = {})
  {
    report([&](auto *why) { return osisession_scp_endpoint_start(get(), why); });
  }

  /// Stops the background thread.
  void stop(reporter report = {})
  {
    report([&](auto *why) { return osisession_scp_endpoint_stop(get(), why); });
  }

  /// To be watched in an event loop: readable when dispatch(0ms) has something to do.
  int descriptor(reporter report = {}) const
  {
    std::int32_t found = -1;
    report([&](auto *why) { return osisession_scp_endpoint_descriptor(get(), &found, why); });
    return found;
  }

  /// When dispatch is due though the descriptor is quiet; nothing if no time is waited for.
  std::optional<std::chrono::nanoseconds> next_timeout(reporter report = {}) const
  {
    std::int64_t nanoseconds = -1;
    report([&](auto *why) { return osisession_scp_endpoint_next_timeout_ns(get(), &nanoseconds, why); });
    if (nanoseconds < 0) return std::nullopt;
    return std::chrono::nanoseconds(nanoseconds);
  }

  /// Aborts all links, ends all objects, closes the circuit. The handle stays valid.
  void close(reporter report = {})
  {
    report([&](auto *why) { return osisession_scp_endpoint_close(get(), why); });
  }

private:
  static osisession_scp_config config_of(const std::string &address, const std::string &circuit) noexcept
  {
    auto config = make<osisession_scp_config>();
    config.address = address.c_str();
    config.circuit = circuit.c_str();
    return config;
  }
};

} // namespace osisession::scp

#endif
