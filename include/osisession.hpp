/*
 * osisession.hpp - the C ABI of osisession in C++17: handles that end themselves, failures as exceptions.
 *
 * A thin layer over osisession.h, which says what everything means. A request that has no method here is called by its C name
 * with `get()`: osisession::check([&](auto *error) { return osisession_control_give_request(s.get(), nullptr, 0, error); }).
 */
#ifndef OSISESSION_HPP
#define OSISESSION_HPP

#include "osisession.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace osisession {

/// A C struct with its size set and all else zero.
template <typename Struct> Struct make()
{
  Struct made;
  OSISESSION_INIT(&made);
  return made;
}

/// Lends octets to a C struct; they must live until the call.
inline osisession_octets octets(std::string_view view)
{
  return {reinterpret_cast<const std::uint8_t *>(view.data()), view.size()};
}

/// Octets of an event, as long as the event lives.
inline std::string_view view(osisession_octets octets)
{
  return {reinterpret_cast<const char *>(octets.data), octets.length};
}

/// A call failed.
class error : public std::runtime_error {
public:
  explicit error(const osisession_error_info &why)
    : std::runtime_error(std::string(osisession_status_name(why.status)) + ": " + why.text), info(why)
  {
  }

  /// OSISESSION_E_...
  std::int32_t status() const noexcept { return info.status; }

  /// Everything that is known.
  osisession_error_info info;
};

/// Makes a C call and throws what it reports. `call` gets the pointer for the error and returns the status.
template <typename Call> void check(Call &&call)
{
  auto why = make<osisession_error_info>();
  const std::int32_t status = call(&why);
  if (status != OSISESSION_OK) {
    why.status = status;
    throw error(why);
  }
}

using milliseconds = std::chrono::milliseconds;

/// Waits for ever.
inline constexpr milliseconds forever{-1};

/// An indication or confirm with its octets. Its fields are those of osisession_event.
class event {
public:
  event() { OSISESSION_INIT(&fields_); }
  ~event() { osisession_event_free(&fields_); }
  event(event &&other) noexcept : fields_(other.fields_) { OSISESSION_INIT(&other.fields_); }
  event &operator=(event &&other) noexcept
  {
    std::swap(fields_, other.fields_);
    return *this;
  }
  event(const event &) = delete;
  event &operator=(const event &) = delete;

  const osisession_event *operator->() const noexcept { return &fields_; }
  const osisession_event &operator*() const noexcept { return fields_; }
  std::string_view user_data() const noexcept { return view(fields_.user_data); }
  const char *name() const noexcept { return osisession_event_name(fields_.type); }

  /// For C calls that fill it.
  osisession_event *reset() noexcept
  {
    osisession_event_free(&fields_);
    return &fields_;
  }

private:
  osisession_event fields_;
};

namespace detail {

template <typename Handle, std::int32_t (*Free)(Handle *)> class owner {
public:
  owner() = default;
  explicit owner(Handle *handle) noexcept : handle_(handle) {}

  /// The handle for C calls; it stays owned here.
  Handle *get() const noexcept { return handle_.get(); }
  /// The handle, which is the caller's to free from now on.
  Handle *release() noexcept { return handle_.release(); }
  explicit operator bool() const noexcept { return handle_ != nullptr; }

private:
  struct free_handle {
    void operator()(Handle *handle) const noexcept { Free(handle); }
  };
  std::unique_ptr<Handle, free_handle> handle_;
};

} // namespace detail

/// A session connection. Ending it while it is open aborts it.
class session : public detail::owner<osisession_session, osisession_session_free> {
public:
  using owner::owner;

  /// Gets the events instead of next_event. It may call anything; an exception that leaves it ends the program.
  using handler = std::function<void(osisession_session *, const osisession_event &)>;

  event next_event(milliseconds timeout = forever)
  {
    event next;
    check([&](auto *why) { return osisession_next_event(get(), timeout.count(), next.reset(), why); });
    return next;
  }

  /// The next event if there is one.
  std::optional<event> try_next_event()
  {
    try {
      return next_event(milliseconds{0});
    } catch (const error &why) {
      if (why.status() == OSISESSION_E_WOULD_BLOCK) return std::nullopt;
      throw;
    }
  }

  event wait_connected(milliseconds timeout = forever)
  {
    event confirm;
    check([&](auto *why) { return osisession_session_wait_connected(get(), timeout.count(), confirm.reset(), why); });
    return confirm;
  }

  void wait_writable(milliseconds timeout = forever)
  {
    check([&](auto *why) { return osisession_session_wait_writable(get(), timeout.count(), why); });
  }

  void on_event(handler function)
  {
    auto kept = std::make_unique<handler>(std::move(function));
    auto table = make<osisession_callbacks>();
    table.user_data = kept.get();
    table.on_event = [](osisession_session *from, const osisession_event *what, void *user_data) noexcept {
      (*static_cast<handler *>(user_data))(from, *what);
    };
    table.on_release = [](void *user_data) noexcept { delete static_cast<handler *>(user_data); };
    check([&](auto *why) { return osisession_session_set_callbacks(get(), &table, why); });
    // From here on the library ends it.
    static_cast<void>(kept.release());
  }

  void connect_response(const osisession_connect_response_params *params = nullptr)
  {
    check([&](auto *why) { return osisession_connect_response(get(), params, why); });
  }

  void data_request(std::string_view data)
  {
    check([&](auto *why) { return osisession_data_request(get(), data.data(), data.size(), why); });
  }

  void release_request(std::string_view data = {})
  {
    check([&](auto *why) { return osisession_release_request(get(), data.data(), data.size(), why); });
  }

  void release_response(std::string_view data = {})
  {
    check([&](auto *why) { return osisession_release_response(get(), data.data(), data.size(), why); });
  }

  void u_abort_request(std::string_view data = {})
  {
    check([&](auto *why) { return osisession_u_abort_request(get(), data.data(), data.size(), why); });
  }

  osisession_properties properties() const
  {
    auto found = make<osisession_properties>();
    check([&](auto *why) { return osisession_session_properties(get(), &found, why); });
    return found;
  }
};

/// Where callers arrive.
class listener : public detail::owner<osisession_listener, osisession_listener_free> {
public:
  using owner::owner;

  session accept(milliseconds timeout = forever)
  {
    osisession_session *made = nullptr;
    check([&](auto *why) { return osisession_listener_accept(get(), timeout.count(), &made, why); });
    return session(made);
  }

  std::string local_address() const
  {
    std::string text(256, '\0');
    std::size_t needed = 0;
    check([&](auto *why) { return osisession_listener_local_address(get(), text.data(), text.size(), &needed, why); });
    text.resize(needed - 1);
    return text;
  }
};

/// One user of the library.
class endpoint : public detail::owner<osisession_endpoint, osisession_endpoint_free> {
public:
  endpoint() : owner(make_handle()) {}

  listener listen(const std::string &address, const osisession_listener_config *config = nullptr)
  {
    osisession_listener *made = nullptr;
    check([&](auto *why) { return osisession_listen(get(), address.c_str(), config, &made, why); });
    return listener(made);
  }

  session connect(const std::string &address, const osisession_connect_params *params = nullptr,
                  const osisession_session_config *config = nullptr)
  {
    osisession_session *made = nullptr;
    check([&](auto *why) { return osisession_connect(get(), address.c_str(), params, config, &made, why); });
    return session(made);
  }

  std::size_t dispatch(milliseconds timeout = forever)
  {
    std::size_t count = 0;
    check([&](auto *why) { return osisession_endpoint_dispatch(get(), timeout.count(), &count, why); });
    return count;
  }

  void start()
  {
    check([&](auto *why) { return osisession_endpoint_start(get(), why); });
  }

  void stop()
  {
    check([&](auto *why) { return osisession_endpoint_stop(get(), why); });
  }

  int descriptor() const
  {
    std::int32_t found = -1;
    check([&](auto *why) { return osisession_endpoint_descriptor(get(), &found, why); });
    return found;
  }

private:
  static osisession_endpoint *make_handle()
  {
    osisession_endpoint *made = nullptr;
    check([&](auto *why) { return osisession_endpoint_new(&made, why); });
    return made;
  }
};

} // namespace osisession

#endif
