/*
 * osisession_rpc.hpp - requests and responses in C++17: clients, servers, and what a server is asked. A thin layer over the
 * osisession_rpc_... functions of osisession.h, in the manner of osisession.hpp, which it includes; what everything means stands there.
 *
 * The one thing it keeps of its own is a list of the functions that serve, so that none is called after it was taken away.
 */
#ifndef OSISESSION_RPC_HPP
#define OSISESSION_RPC_HPP

#include "osisession.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <map>
#include <mutex>

namespace osisession::rpc {

/// The name of an association: who asks.
using association = std::array<std::uint8_t, 16>;

/// What became of a request, with its octets. Its fields are those of osisession_rpc_outcome.
class outcome : public osisession::detail::filled<osisession_rpc_outcome, osisession_rpc_outcome_free> {
public:
  /// There is one.
  explicit operator bool() const noexcept { return (**this).kind != 0; }
  /// The response, or what the peer says about its error; as long as the outcome lives.
  std::string_view data() const noexcept { return view((**this).data); }
  /// The peer responded: OSISESSION_RPC_RESPONSE.
  bool responded() const noexcept { return (**this).kind == OSISESSION_RPC_RESPONSE; }

  /// The response; any other outcome is a failure, with all that is known of it. OSISESSION_E_INVALID if there is no outcome.
  std::string response(reporter report = {}) const
  {
    const bool there = report([&](osisession_error_info *why) -> std::int32_t {
      if (responded()) return OSISESSION_OK;
      if ((**this).error == nullptr) return OSISESSION_E_INVALID;
      *why = *(**this).error;
      return why->status;
    });
    return there ? std::string(data()) : std::string();
  }
};

/// Asks a server, over a session that it keeps. Ending it aborts the session; every request without outcome gets one.
class client : public osisession::detail::owner<osisession_rpc_client, osisession_rpc_client_free> {
public:
  using owner::owner;

  /// Gets the outcome of a request instead of next_outcome; it is lent. It may call anything. What it throws comes out of the call
  /// that drove it, as with session::handler.
  using handler = std::function<void(const osisession_rpc_outcome &)>;

  /// A client of the server at this address; nothing is opened yet, unless OSISESSION_RPC_KEEP_OPEN says so.
  client(const endpoint &where, const std::string &address, const osisession_rpc_client_config *config = nullptr, reporter report = {})
    : owner([&] {
        osisession_rpc_client *made = nullptr;
        report([&](auto *why) { return osisession_rpc_client_new(where.get(), address.c_str(), config, &made, why); });
        return made;
      }())
  {
  }

  /// Opens the session if it is not there, and waits for it.
  void open(milliseconds timeout = forever, reporter report = {})
  {
    report.driving([&](auto *why) { return osisession_rpc_client_open(get(), timeout.count(), why); });
  }

  /// Where the session stands, and the circuit.
  osisession_rpc_state state(reporter report = {}) const
  {
    auto found = make<osisession_rpc_state>();
    report([&](auto *why) { return osisession_rpc_client_state(get(), &found, why); });
    return found;
  }

  /// Waits for what happens to the session next.
  osisession_rpc_event next_event(milliseconds timeout = forever, reporter report = {})
  {
    auto next = make<osisession_rpc_event>();
    report.driving([&](auto *why) { return osisession_rpc_client_next_event(get(), timeout.count(), &next, why); });
    return next;
  }

  /// What happened to the session, if anything did.
  std::optional<osisession_rpc_event> try_next_event(reporter report = {})
  {
    return osisession::detail::next_if_any(report, make<osisession_rpc_event>(), [&](auto &next, auto *why) {
      return osisession_rpc_client_next_event(get(), 0, &next, why);
    });
  }

  /// Makes the next attempt at once, also where the circuit is open or attempts were stopped.
  void reset(reporter report = {})
  {
    report([&](auto *why) { return osisession_rpc_client_reset(get(), why); });
  }

  /// Asks, and waits for the outcome, whatever it is: look at its kind, or take outcome::response. A failure is a request that was
  /// not made.
  outcome request(bytes_view data, const osisession_rpc_params *params = nullptr, reporter report = {})
  {
    outcome found;
    report.driving([&](auto *why) { return osisession_rpc_request(get(), data.data(), data.size(), params, found.reset(), why); });
    return found;
  }

  /// Asks, and gives up waiting after this time (0: one millisecond; negative: never), which settles the request.
  outcome request(bytes_view data, milliseconds timeout, reporter report = {})
  {
    auto params = make<osisession_rpc_params>();
    // 0 would wait for ever.
    params.timeout_ms = timeout < milliseconds(0) ? 0 : static_cast<std::uint64_t>(std::max(timeout, milliseconds(1)).count());
    return request(data, &params, report);
  }

  /// Asks and does not wait: the outcome is that of next_outcome. Returns the number of the request.
  std::uint64_t start(bytes_view data, const osisession_rpc_params *params = nullptr, reporter report = {})
  {
    auto used = make<osisession_rpc_params>();
    if (params != nullptr) used = *params;
    used.on_outcome = nullptr;
    std::uint64_t number = 0;
    report([&](auto *why) { return osisession_rpc_start(get(), data.data(), data.size(), &used, &number, why); });
    return number;
  }

  /// Asks and does not wait: the function gets the outcome, once, perhaps before this call returns. An empty function takes no notice
  /// of it. Returns the number of the request. Of `params`, the function and its user data are not used.
  std::uint64_t start(bytes_view data, handler function, const osisession_rpc_params *params = nullptr, reporter report = {})
  {
    auto kept = std::make_unique<handler>(std::move(function));
    auto used = make<osisession_rpc_params>();
    if (params != nullptr) used = *params;
    used.on_outcome = tell;
    used.user_data = kept.get();
    std::uint64_t number = 0;
    // The function may be over, and freed, before the call is.
    handler *const lent = kept.release();
    report([&](auto *why) {
      const auto status = osisession_rpc_start(get(), data.data(), data.size(), &used, &number, why);
      if (status != OSISESSION_OK) kept.reset(lent);
      return status;
    });
    return number;
  }

  /// Waits for the next outcome of the requests that were started without a function; its `id` says which one it is of.
  outcome next_outcome(milliseconds timeout = forever, reporter report = {})
  {
    outcome next;
    report.driving([&](auto *why) { return osisession_rpc_next_outcome(get(), timeout.count(), next.reset(), why); });
    return next;
  }

  /// The next outcome if there is one.
  std::optional<outcome> try_next_outcome(reporter report = {})
  {
    return osisession::detail::next_if_any(report, outcome(), [&](auto &next, auto *why) {
      return osisession_rpc_next_outcome(get(), 0, next.reset(), why);
    });
  }

  /// Stops a request as far as that is possible; it still gets its outcome.
  void cancel(std::uint64_t number, reporter report = {})
  {
    report([&](auto *why) { return osisession_rpc_cancel(get(), number, why); });
  }

  /// Asks for something without response; the time is that for opening the session.
  void one_way(bytes_view data, milliseconds timeout = forever, reporter report = {})
  {
    report.driving([&](auto *why) { return osisession_rpc_one_way(get(), data.data(), data.size(), timeout.count(), why); });
  }

  /// Releases the session in order and closes the client (osisession_rpc_client_release). The handle stays valid.
  void close(milliseconds timeout = forever, reporter report = {})
  {
    report.driving([&](auto *why) { return osisession_rpc_client_release(get(), timeout.count(), why); });
  }

private:
  static void tell(const osisession_rpc_outcome *what, void *user_data) noexcept
  {
    const std::unique_ptr<handler> kept(static_cast<handler *>(user_data));
    if (!*kept) return;
#if defined(__cpp_exceptions)
    osisession::detail::thrown &thrown = osisession::detail::thrown_here();
    if (thrown.depth != 0) {
      try {
        (*kept)(*what);
      } catch (...) {
        if (!thrown.first) thrown.first = std::current_exception();
      }
      return;
    }
#endif
    (*kept)(*what);
  }
};

/// A request of a peer, to be answered once, now or later, in any thread. One that ends unanswered is answered with
/// OSISESSION_RPC_CODE_UNANSWERED.
class request : public osisession::detail::owner<osisession_rpc_incoming, osisession_rpc_incoming_free> {
public:
  using owner::owner;

  /// Its fields; its octets are valid as long as the request lives.
  osisession_rpc_incoming_info look(reporter report = {}) const
  {
    auto found = make<osisession_rpc_incoming_info>();
    report([&](auto *why) { return osisession_rpc_incoming_look(get(), &found, why); });
    return found;
  }

  /// What is asked, as long as the request lives.
  std::string_view data(reporter report = {}) const { return view(look(report).data); }
  /// No response is wanted.
  bool one_way(reporter report = {}) const { return (look(report).flags & OSISESSION_RPC_ONE_WAY) != 0; }
  /// The peer does not wait any more, or it took too long here. It may be answered nevertheless.
  bool withdrawn(reporter report = {}) const { return (look(report).flags & OSISESSION_RPC_WITHDRAWN) != 0; }

  /// Who asks.
  association peer(reporter report = {}) const
  {
    const auto info = look(report);
    association found;
    std::copy(std::begin(info.association), std::end(info.association), found.begin());
    return found;
  }

  /// Answers.
  void respond(bytes_view data = {}, reporter report = {})
  {
    report([&](auto *why) { return osisession_rpc_incoming_respond(get(), data.data(), data.size(), why); });
  }

  /// Answers with an error: OSISESSION_RPC_CODE_CANCELLED, or OSISESSION_RPC_CODE_APPLICATION to 65535.
  void fail(std::uint32_t code, bytes_view data = {}, reporter report = {})
  {
    report([&](auto *why) { return osisession_rpc_incoming_fail(get(), code, data.data(), data.size(), why); });
  }
};

/// Gets the requests of a server, in as many threads at once as its configuration says. It may call anything.
using request_handler = std::function<void(request)>;

#if defined(__cpp_exceptions)
/// Gets what a function that serves threw in a thread of the server. It must not throw.
using throw_handler = std::function<void(std::exception_ptr)>;
#endif

namespace detail {

/// A function that serves.
struct served {
  /// The function.
  request_handler function;
#if defined(__cpp_exceptions)
  /// Gets what it throws.
  throw_handler on_throw;
#endif
  /// How many threads are in it.
  std::size_t inside = 0;
};

/// The functions that serve, by number. The library gets a number instead of an address: the last calls may come after the server ended.
class serving {
public:
  /// Lives until the process ends: threads of the library may outlast static objects.
  static serving &here()
  {
    static serving *const it = new serving;
    return *it;
  }

  /// Takes a function in; never 0.
  std::uintptr_t add(std::shared_ptr<served> what)
  {
    const std::lock_guard<std::mutex> hold(lock_);
    functions_.emplace(++last_, std::move(what));
    return last_;
  }

  /// No call begins any more. Waits for those that run, unless this is one of them.
  void end(std::uintptr_t number)
  {
    std::shared_ptr<served> what; // Freed with nothing locked: what it captured may end other servers.
    std::unique_lock<std::mutex> hold(lock_);
    const auto found = functions_.find(number);
    if (found == functions_.end()) return;
    what = std::move(found->second);
    functions_.erase(found);
    for (const frame *at = innermost(); at != nullptr; at = at->outer)
      if (at->what == what.get()) return;
    left_.wait(hold, [&] { return what->inside == 0; });
  }

  /// For the library.
  static void call(osisession_rpc_incoming *handle, void *number) noexcept
  {
    request asked(handle);
    serving &it = here();
    auto what = it.enter(reinterpret_cast<std::uintptr_t>(number));
    if (what == nullptr) return; // It is answered as one without answer.
    const frame mark{what.get(), innermost()};
    innermost() = &mark;
    run(*what, std::move(asked));
    innermost() = mark.outer;
    it.leave(std::move(what));
  }

private:
  /// The calls that this thread is in.
  struct frame {
    const served *what;
    const frame *outer;
  };

  static const frame *&innermost() noexcept
  {
    static thread_local const frame *it = nullptr;
    return it;
  }

  static void run(served &what, request asked)
  {
#if defined(__cpp_exceptions)
    try {
      what.function(std::move(asked));
    } catch (...) {
      osisession::detail::thrown &thrown = osisession::detail::thrown_here();
      if (thrown.depth == 0) {
        if (what.on_throw) what.on_throw(std::current_exception());
      } else if (!thrown.first) {
        thrown.first = std::current_exception();
      }
    }
#else
    what.function(std::move(asked));
#endif
  }

  std::shared_ptr<served> enter(std::uintptr_t number)
  {
    const std::lock_guard<std::mutex> hold(lock_);
    const auto found = functions_.find(number);
    if (found == functions_.end()) return nullptr;
    ++found->second->inside;
    return found->second;
  }

  /// Where somebody waits in end(), the function is freed there.
  void leave(std::shared_ptr<served> what)
  {
    std::unique_lock<std::mutex> hold(lock_);
    --what->inside;
    left_.notify_all();
    if (what.use_count() == 1) hold.unlock();
    what.reset();
  }

  std::mutex lock_;
  std::condition_variable left_;
  std::map<std::uintptr_t, std::shared_ptr<served>> functions_;
  std::uintptr_t last_ = 0;
};

} // namespace detail

/// Is asked by many clients. Ending it stops listening, aborts all sessions, and waits for the functions that still run, unless one of
/// them ends it; requests that they kept stay to be looked at.
class server : public osisession::detail::owner<osisession_rpc_server, osisession_rpc_server_free> {
public:
  using owner::owner;

  /// A server that listens here; requests wait until there is a function or somebody takes them.
  server(const endpoint &where, const std::string &address, const osisession_rpc_server_config *config = nullptr, reporter report = {})
    : owner([&] {
        osisession_rpc_server *made = nullptr;
        report([&](auto *why) { return osisession_rpc_server_new(where.get(), address.c_str(), config, &made, why); });
        return made;
      }())
  {
  }

  server() = default;
  /// The server moves with its function; `other` is empty.
  server(server &&other) noexcept : owner(std::move(other)), number_(std::exchange(other.number_, 0)) {}
  /// Ends this server and takes the other's place.
  server &operator=(server &&other) noexcept
  {
    if (this != &other) {
      end();
      owner::operator=(std::move(other));
      number_ = std::exchange(other.number_, 0);
    }
    return *this;
  }
  ~server() { end(); }

  /// The handle, which is the caller's to free from now on. The function goes on serving until the process ends.
  osisession_rpc_server *release() noexcept
  {
    number_ = 0;
    return owner::release();
  }

  /// Where it listens, with the port that the system chose.
  std::string local_address(reporter report = {}) const
  {
    return osisession::detail::text(report, [&](char *text, std::size_t size, std::size_t *needed, osisession_error_info *why) {
      return osisession_rpc_server_local_address(get(), text, size, needed, why);
    });
  }

  /// Gives requests to this function, those that wait included, in place of the one before, for which it waits if it runs. An empty
  /// function is OSISESSION_E_NULL. A request that the function drops, also by throwing, is answered with
  /// OSISESSION_RPC_CODE_UNANSWERED. What it throws where a call of this header drives the endpoint (OSISESSION_RPC_NO_THREADS)
  /// comes out of that call; in a thread of the library nothing else comes of it.
  void serve(request_handler function, reporter report = {})
  {
    auto what = std::make_shared<detail::served>();
    what->function = std::move(function);
    serve(std::move(what), report);
  }

#if defined(__cpp_exceptions)
  /// The same; what the function throws in a thread of the library goes to `on_throw`, in that thread.
  void serve(request_handler function, throw_handler on_throw, reporter report = {})
  {
    auto what = std::make_shared<detail::served>();
    what->function = std::move(function);
    what->on_throw = std::move(on_throw);
    serve(std::move(what), report);
  }
#endif

  /// Waits for the next request, where there is no function.
  request next_request(milliseconds timeout = forever, reporter report = {})
  {
    osisession_rpc_incoming *found = nullptr;
    report.driving([&](auto *why) { return osisession_rpc_server_next_request(get(), timeout.count(), &found, why); });
    return request(found);
  }

  /// The next request if there is one.
  std::optional<request> try_next_request(reporter report = {})
  {
    return osisession::detail::next_if_any(report, request(), [&](auto &next, auto *why) {
      osisession_rpc_incoming *found = nullptr;
      const auto status = osisession_rpc_server_next_request(get(), 0, &found, why);
      if (status == OSISESSION_OK) next = request(found);
      return status;
    });
  }

private:
  void serve(std::shared_ptr<detail::served> what, const reporter &report)
  {
    const bool empty = !what->function;
    const auto number = detail::serving::here().add(std::move(what));
    std::uintptr_t over = number;
    report([&](auto *why) {
      const auto status = osisession_rpc_server_serve(get(), empty ? nullptr : detail::serving::call, reinterpret_cast<void *>(number), why);
      if (status == OSISESSION_OK) over = std::exchange(number_, number);
      else detail::serving::here().end(number);
      return status;
    });
    if (over != number) detail::serving::here().end(over);
  }

  void end() noexcept
  {
    osisession_rpc_server_free(owner::release());
    if (number_ != 0) detail::serving::here().end(std::exchange(number_, 0));
  }

  std::uintptr_t number_ = 0;
};

} // namespace osisession::rpc

#endif
