/*
 * osisession.hpp - the C ABI of osisession in C++17: handles that end themselves, events as variants, failures as exceptions or
 * as std::error_code.
 *
 * A thin layer over osisession.h, which says what everything means: primitives, limits, clauses, threads. It holds no state
 * of its own. Transports of the program's own and the codec have no classes here: their C functions take get() of an object.
 * Requests and responses are in osisession_rpc.hpp, DECnet is in osisession_scp.hpp, AppleTalk in osisession_zip.hpp.
 * Every call that can fail ends with a `reporter`: leave it out, and a failure is thrown as osisession::error; give a
 * std::error_code or an osisession_error_info, and it is put there, and what is returned is empty. With -fno-exceptions a failure
 * that has no place to go ends the program (std::abort), as in the standard library.
 *
 * Threads: as in osisession.h; an object of this header is a handle, to be moved and destroyed by one thread at a time.
 */
#ifndef OSISESSION_HPP
#define OSISESSION_HPP

#include "osisession.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#if defined(__cpp_exceptions)
#include <exception>
#include <stdexcept>
#endif

namespace osisession {

/// A C struct with its size set and all else zero.
template <typename Struct> Struct make() noexcept
{
  Struct made;
  OSISESSION_INIT(&made);
  return made;
}

/// Octets that somebody else owns, and that live until the call is over. Made of anything that has octets in a row: strings,
/// vectors and arrays of char, unsigned char or std::byte.
class bytes_view {
public:
  constexpr bytes_view() noexcept = default;
  /// Octets at an address.
  constexpr bytes_view(const void *data, std::size_t size) noexcept : data_(data), size_(size) {}
  /// A text, without its NUL.
  constexpr bytes_view(const char *text) noexcept : data_(text), size_(std::string_view(text).size()) {}
  /// Octets of a C struct.
  constexpr bytes_view(osisession_octets octets) noexcept : data_(octets.data), size_(octets.length) {}

  /// Whatever has std::data and std::size, of elements of one octet.
  template <typename Container, typename Element = std::remove_pointer_t<decltype(std::data(std::declval<const Container &>()))>,
            typename = std::enable_if_t<sizeof(Element) == 1 && !std::is_array_v<Container>>>
  constexpr bytes_view(const Container &container) noexcept : data_(std::data(container)), size_(std::size(container))
  {
  }

  /// The first octet.
  constexpr const void *data() const noexcept { return data_; }
  /// How many octets.
  constexpr std::size_t size() const noexcept { return size_; }
  /// There is none.
  constexpr bool empty() const noexcept { return size_ == 0; }
  /// The first octet.
  const std::uint8_t *begin() const noexcept { return static_cast<const std::uint8_t *>(data_); }
  /// Behind the last octet.
  const std::uint8_t *end() const noexcept { return begin() + size_; }
  /// The octets as characters.
  std::string_view text() const noexcept { return {static_cast<const char *>(data_), size_}; }
  /// The octets as characters.
  operator std::string_view() const noexcept { return text(); }

private:
  const void *data_ = nullptr;
  std::size_t size_ = 0;
};

/// Lends octets to a C struct; they must live until the call.
inline osisession_octets octets(bytes_view view) noexcept
{
  return {static_cast<const std::uint8_t *>(view.data()), view.size()};
}

/// Octets of an event, as long as the event lives.
inline std::string_view view(osisession_octets octets) noexcept
{
  return {reinterpret_cast<const char *>(octets.data), octets.length};
}

/// Statuses of the C ABI as std::error_code: `code == osisession::make_error_code(OSISESSION_E_CLOSED)`.
inline const std::error_category &error_category() noexcept
{
  class category final : public std::error_category {
    const char *name() const noexcept override { return "osisession"; }
    std::string message(int status) const override { return osisession_status_name(status); }
  };
  static const category it;
  return it;
}

/// A status of the C ABI, OSISESSION_OK or OSISESSION_E_..., as std::error_code.
inline std::error_code make_error_code(std::int32_t status) noexcept
{
  return {status, error_category()};
}

#if defined(__cpp_exceptions)
/// A call failed.
class error : public std::runtime_error {
public:
  explicit error(const osisession_error_info &why)
    : std::runtime_error(std::string(osisession_status_name(why.status)) + ": " + why.text), info(why)
  {
  }

  /// OSISESSION_E_...
  std::int32_t status() const noexcept { return info.status; }
  /// The same for those who compare codes.
  std::error_code code() const noexcept { return make_error_code(info.status); }

  /// Everything that is known: layer, SPDU, parameter, octet, clause, state.
  osisession_error_info info;
};

namespace detail {

/// What callbacks of this thread threw, and how many calls that may run callbacks it is in.
struct thrown {
  std::exception_ptr first;
  unsigned depth = 0;
};

inline thrown &thrown_here() noexcept
{
  static thread_local thrown it;
  return it;
}

} // namespace detail
#endif

/// Where a failure goes: thrown (or std::abort) if nothing is given, otherwise into the std::error_code or osisession_error_info, which is
/// cleared on success.
class reporter {
public:
  reporter() noexcept = default;
  /// Into this code.
  reporter(std::error_code &code) noexcept : code_(&code) {}
  /// Into this struct.
  reporter(osisession_error_info &info) noexcept : info_(&info) {}

  /// Makes a C call. `call` gets the pointer for the error and returns the status. True if it succeeded.
  template <typename Call> bool operator()(Call &&call) const
  {
    auto why = make<osisession_error_info>();
    const std::int32_t status = call(&why);
    if (status != OSISESSION_OK) why.status = status;
    if (code_ != nullptr) *code_ = make_error_code(status);
    if (info_ != nullptr) *info_ = why;
    if (status != OSISESSION_OK && code_ == nullptr && info_ == nullptr) {
#if defined(__cpp_exceptions)
      throw error(why);
#else
      std::abort();
#endif
    }
    return status == OSISESSION_OK;
  }

  /// As above, for calls that may run callbacks: what one of them threw is thrown on.
  template <typename Call> bool driving(Call &&call) const
  {
#if defined(__cpp_exceptions)
    detail::thrown &thrown = detail::thrown_here();
    struct inside {
      detail::thrown &thrown;
      explicit inside(detail::thrown &it) : thrown(it) { ++thrown.depth; }
      ~inside() { --thrown.depth; }
    };
    bool done = false;
    {
      const inside mark(thrown);
      done = (*this)(std::forward<Call>(call));
    }
    if (thrown.depth == 0 && thrown.first) std::rethrow_exception(std::exchange(thrown.first, nullptr));
    return done;
#else
    return (*this)(std::forward<Call>(call));
#endif
  }

private:
  std::error_code *code_ = nullptr;
  osisession_error_info *info_ = nullptr;
};

/// Makes a C call and throws what it reports. `call` gets the pointer for the error and returns the status.
template <typename Call> void check(Call &&call)
{
  reporter()(std::forward<Call>(call));
}

using milliseconds = std::chrono::milliseconds;

/// Waits for ever.
inline constexpr milliseconds forever{-1};

/// What all primitives have in common: fields of osisession_event under their names in X.215. Lives as long as the event.
class primitive {
public:
  /// Looks into these fields, which must live as long.
  explicit primitive(const osisession_event &fields) noexcept : fields_(&fields) {}

  /// All fields, as osisession.h describes them.
  const osisession_event &fields() const noexcept { return *fields_; }
  /// SS-user data.
  bytes_view user_data() const noexcept { return fields_->user_data; }
  /// The serial number, where the primitive has one.
  std::optional<std::uint64_t> serial_number() const noexcept
  {
    if ((fields_->present & OSISESSION_HAS_SERIAL_NUMBER) == 0) return std::nullopt;
    return fields_->serial_number;
  }
  /// OSISESSION_TOKEN_...
  std::uint32_t tokens() const noexcept { return fields_->tokens; }
  /// The reason code; 0 where the primitive has none.
  std::uint32_t reason() const noexcept { return fields_->reason; }
  /// OSISESSION_FU_...
  std::uint32_t functional_units() const noexcept { return fields_->functional_units; }
  /// The activity identifier.
  bytes_view activity_identifier() const noexcept { return fields_->activity_identifier; }
  /// The calling session selector.
  bytes_view calling_selector() const noexcept { return fields_->calling_selector; }
  /// The called session selector; in a confirm the responding one.
  bytes_view called_selector() const noexcept { return fields_->called_selector; }
  /// Why, for aborts, refusals and exceptions; NULL if nothing is known.
  const osisession_error_info *error() const noexcept { return fields_->error; }

private:
  const osisession_event *fields_;
};

namespace detail {
/// One kind of primitive.
template <std::uint32_t Type> class typed : public primitive {
public:
  /// OSISESSION_..._INDICATION, OSISESSION_..._CONFIRM.
  static constexpr std::uint32_t type = Type;
  using primitive::primitive;
};
} // namespace detail

/// No primitive that this header knows: that of a newer library.
using other_primitive = detail::typed<0>;
using connect_indication = detail::typed<OSISESSION_CONNECT_INDICATION>;
using connect_confirm = detail::typed<OSISESSION_CONNECT_CONFIRM>;
using connect_confirm_negative = detail::typed<OSISESSION_CONNECT_CONFIRM_NEGATIVE>;
using data_indication = detail::typed<OSISESSION_DATA_INDICATION>;
using expedited_data_indication = detail::typed<OSISESSION_EXPEDITED_DATA_INDICATION>;
using typed_data_indication = detail::typed<OSISESSION_TYPED_DATA_INDICATION>;
using capability_data_indication = detail::typed<OSISESSION_CAPABILITY_DATA_INDICATION>;
using capability_data_confirm = detail::typed<OSISESSION_CAPABILITY_DATA_CONFIRM>;
using token_give_indication = detail::typed<OSISESSION_TOKEN_GIVE_INDICATION>;
using token_please_indication = detail::typed<OSISESSION_TOKEN_PLEASE_INDICATION>;
using control_give_indication = detail::typed<OSISESSION_CONTROL_GIVE_INDICATION>;
using sync_minor_indication = detail::typed<OSISESSION_SYNC_MINOR_INDICATION>;
using sync_minor_confirm = detail::typed<OSISESSION_SYNC_MINOR_CONFIRM>;
using sync_major_indication = detail::typed<OSISESSION_SYNC_MAJOR_INDICATION>;
using sync_major_confirm = detail::typed<OSISESSION_SYNC_MAJOR_CONFIRM>;
using resynchronize_indication = detail::typed<OSISESSION_RESYNCHRONIZE_INDICATION>;
using resynchronize_confirm = detail::typed<OSISESSION_RESYNCHRONIZE_CONFIRM>;
using p_exception_report_indication = detail::typed<OSISESSION_P_EXCEPTION_REPORT_INDICATION>;
using u_exception_report_indication = detail::typed<OSISESSION_U_EXCEPTION_REPORT_INDICATION>;
using activity_start_indication = detail::typed<OSISESSION_ACTIVITY_START_INDICATION>;
using activity_resume_indication = detail::typed<OSISESSION_ACTIVITY_RESUME_INDICATION>;
using activity_interrupt_indication = detail::typed<OSISESSION_ACTIVITY_INTERRUPT_INDICATION>;
using activity_interrupt_confirm = detail::typed<OSISESSION_ACTIVITY_INTERRUPT_CONFIRM>;
using activity_discard_indication = detail::typed<OSISESSION_ACTIVITY_DISCARD_INDICATION>;
using activity_discard_confirm = detail::typed<OSISESSION_ACTIVITY_DISCARD_CONFIRM>;
using activity_end_indication = detail::typed<OSISESSION_ACTIVITY_END_INDICATION>;
using activity_end_confirm = detail::typed<OSISESSION_ACTIVITY_END_CONFIRM>;
using release_indication = detail::typed<OSISESSION_RELEASE_INDICATION>;
using release_confirm = detail::typed<OSISESSION_RELEASE_CONFIRM>;
using release_confirm_negative = detail::typed<OSISESSION_RELEASE_CONFIRM_NEGATIVE>;
using u_abort_indication = detail::typed<OSISESSION_U_ABORT_INDICATION>;
using p_abort_indication = detail::typed<OSISESSION_P_ABORT_INDICATION>;

/// Every indication and confirm of X.215, to be visited.
using any_primitive = std::variant<other_primitive,
                                  connect_indication,
                                  connect_confirm,
                                  connect_confirm_negative,
                                  data_indication,
                                  expedited_data_indication,
                                  typed_data_indication,
                                  capability_data_indication,
                                  capability_data_confirm,
                                  token_give_indication,
                                  token_please_indication,
                                  control_give_indication,
                                  sync_minor_indication,
                                  sync_minor_confirm,
                                  sync_major_indication,
                                  sync_major_confirm,
                                  resynchronize_indication,
                                  resynchronize_confirm,
                                  p_exception_report_indication,
                                  u_exception_report_indication,
                                  activity_start_indication,
                                  activity_resume_indication,
                                  activity_interrupt_indication,
                                  activity_interrupt_confirm,
                                  activity_discard_indication,
                                  activity_discard_confirm,
                                  activity_end_indication,
                                  activity_end_confirm,
                                  release_indication,
                                  release_confirm,
                                  release_confirm_negative,
                                  u_abort_indication,
                                  p_abort_indication>;

/// Functions to visit with: `std::visit(overloaded{[](const data_indication &it) {...}, [](const auto &) {...}}, event.get())`.
template <typename... Functions> struct overloaded : Functions... {
  using Functions::operator()...;
};
template <typename... Functions> overloaded(Functions...) -> overloaded<Functions...>;

namespace detail {
inline any_primitive primitive_of(const osisession_event &fields) noexcept
{
  switch (fields.type) {
    case OSISESSION_CONNECT_INDICATION: return connect_indication(fields);
    case OSISESSION_CONNECT_CONFIRM: return connect_confirm(fields);
    case OSISESSION_CONNECT_CONFIRM_NEGATIVE: return connect_confirm_negative(fields);
    case OSISESSION_DATA_INDICATION: return data_indication(fields);
    case OSISESSION_EXPEDITED_DATA_INDICATION: return expedited_data_indication(fields);
    case OSISESSION_TYPED_DATA_INDICATION: return typed_data_indication(fields);
    case OSISESSION_CAPABILITY_DATA_INDICATION: return capability_data_indication(fields);
    case OSISESSION_CAPABILITY_DATA_CONFIRM: return capability_data_confirm(fields);
    case OSISESSION_TOKEN_GIVE_INDICATION: return token_give_indication(fields);
    case OSISESSION_TOKEN_PLEASE_INDICATION: return token_please_indication(fields);
    case OSISESSION_CONTROL_GIVE_INDICATION: return control_give_indication(fields);
    case OSISESSION_SYNC_MINOR_INDICATION: return sync_minor_indication(fields);
    case OSISESSION_SYNC_MINOR_CONFIRM: return sync_minor_confirm(fields);
    case OSISESSION_SYNC_MAJOR_INDICATION: return sync_major_indication(fields);
    case OSISESSION_SYNC_MAJOR_CONFIRM: return sync_major_confirm(fields);
    case OSISESSION_RESYNCHRONIZE_INDICATION: return resynchronize_indication(fields);
    case OSISESSION_RESYNCHRONIZE_CONFIRM: return resynchronize_confirm(fields);
    case OSISESSION_P_EXCEPTION_REPORT_INDICATION: return p_exception_report_indication(fields);
    case OSISESSION_U_EXCEPTION_REPORT_INDICATION: return u_exception_report_indication(fields);
    case OSISESSION_ACTIVITY_START_INDICATION: return activity_start_indication(fields);
    case OSISESSION_ACTIVITY_RESUME_INDICATION: return activity_resume_indication(fields);
    case OSISESSION_ACTIVITY_INTERRUPT_INDICATION: return activity_interrupt_indication(fields);
    case OSISESSION_ACTIVITY_INTERRUPT_CONFIRM: return activity_interrupt_confirm(fields);
    case OSISESSION_ACTIVITY_DISCARD_INDICATION: return activity_discard_indication(fields);
    case OSISESSION_ACTIVITY_DISCARD_CONFIRM: return activity_discard_confirm(fields);
    case OSISESSION_ACTIVITY_END_INDICATION: return activity_end_indication(fields);
    case OSISESSION_ACTIVITY_END_CONFIRM: return activity_end_confirm(fields);
    case OSISESSION_RELEASE_INDICATION: return release_indication(fields);
    case OSISESSION_RELEASE_CONFIRM: return release_confirm(fields);
    case OSISESSION_RELEASE_CONFIRM_NEGATIVE: return release_confirm_negative(fields);
    case OSISESSION_U_ABORT_INDICATION: return u_abort_indication(fields);
    case OSISESSION_P_ABORT_INDICATION: return p_abort_indication(fields);
    default: return other_primitive(fields);
  }
}
} // namespace detail

/// An indication or confirm with its octets. Its fields are those of osisession_event.
class event {
public:
  event() noexcept { OSISESSION_INIT(&fields_); }
  ~event() { osisession_event_free(&fields_); }
  /// The event moves; `other` is empty.
  event(event &&other) noexcept : fields_(other.fields_) { OSISESSION_INIT(&other.fields_); }
  /// The events change places.
  event &operator=(event &&other) noexcept
  {
    std::swap(fields_, other.fields_);
    return *this;
  }
  event(const event &) = delete;
  event &operator=(const event &) = delete;

  /// There is one.
  explicit operator bool() const noexcept { return fields_.type != 0; }
  /// Its fields.
  const osisession_event *operator->() const noexcept { return &fields_; }
  /// Its fields.
  const osisession_event &operator*() const noexcept { return fields_; }
  /// SS-user data, as long as the event lives.
  std::string_view user_data() const noexcept { return view(fields_.user_data); }
  /// The primitive as X.215 spells it.
  const char *name() const noexcept { return osisession_event_name(fields_.type); }

  /// The primitive, to be visited; it looks into this event.
  any_primitive get() const noexcept { return detail::primitive_of(fields_); }

  /// Calls the function that fits: see `overloaded`.
  template <typename Visitor> decltype(auto) visit(Visitor &&visitor) const
  {
    return std::visit(std::forward<Visitor>(visitor), get());
  }

  /// Keeps an event that is lent to a callback, or that somebody else has, without copying its octets.
  static event retain(const osisession_event &lent, reporter report = {})
  {
    event kept;
    report([&](auto *why) { return osisession_event_retain(&lent, kept.reset(), why); });
    return kept;
  }

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

/// A handle that is freed once.
template <typename Handle, std::int32_t (*Free)(Handle *)> class owner {
public:
  owner() = default;
  /// Owns this handle.
  explicit owner(Handle *handle) noexcept : handle_(handle) {}

  /// The handle for C calls; it stays owned here. NULL after a move, which every call answers.
  Handle *get() const noexcept { return handle_.get(); }
  /// The handle, which is the caller's to free from now on.
  Handle *release() noexcept { return handle_.release(); }
  /// There is one.
  explicit operator bool() const noexcept { return handle_ != nullptr; }

private:
  struct free_handle {
    void operator()(Handle *handle) const noexcept { Free(handle); }
  };
  std::unique_ptr<Handle, free_handle> handle_;
};

/// A struct that C calls fill with octets of the library, and that is freed once.
template <typename Fields, std::int32_t (*Free)(Fields *)> class filled {
public:
  filled() noexcept { OSISESSION_INIT(&fields_); }
  ~filled() { Free(&fields_); }
  /// It moves; `other` is empty.
  filled(filled &&other) noexcept : fields_(other.fields_) { OSISESSION_INIT(&other.fields_); }
  /// They change places.
  filled &operator=(filled &&other) noexcept
  {
    std::swap(fields_, other.fields_);
    return *this;
  }
  filled(const filled &) = delete;
  filled &operator=(const filled &) = delete;

  /// Its fields.
  const Fields *operator->() const noexcept { return &fields_; }
  /// Its fields.
  const Fields &operator*() const noexcept { return fields_; }
  /// For C calls that fill it.
  Fields *reset() noexcept
  {
    Free(&fields_);
    return &fields_;
  }

private:
  Fields fields_;
};

/// What a C call takes from a queue, if there is anything: OSISESSION_E_WOULD_BLOCK is no failure. `call` fills the thing.
template <typename Thing, typename Call> std::optional<Thing> next_if_any(const reporter &report, Thing thing, Call &&call)
{
  std::int32_t status = OSISESSION_OK;
  const bool done = report.driving([&](osisession_error_info *why) {
    status = call(thing, why);
    return status == OSISESSION_E_WOULD_BLOCK ? OSISESSION_OK : status;
  });
  if (!done || status == OSISESSION_E_WOULD_BLOCK) return std::nullopt;
  return std::optional<Thing>(std::move(thing));
}

/// A text of a C call that says how long it is.
template <typename Call> std::string text(const reporter &report, Call &&call)
{
  std::string found(256, '\0');
  std::size_t needed = 0;
  auto why = make<osisession_error_info>();
  if (call(found.data(), found.size(), &needed, &why) == OSISESSION_E_BUFFER_TOO_SMALL) found.resize(needed);
  if (!report([&](auto *error) { return call(found.data(), found.size(), &needed, error); })) return {};
  found.resize(needed == 0 ? 0 : needed - 1);
  return found;
}

} // namespace detail

/// Octets (TPKT, RFC 1006) that the program carries itself. Ending it is the loss of the network for its session.
class stream : public detail::owner<osisession_stream, osisession_stream_free> {
public:
  using owner::owner;

  /// Gives octets that came from the peer; returns how many were taken.
  std::size_t feed(bytes_view octets, reporter report = {})
  {
    std::size_t taken = 0;
    report([&](auto *why) { return osisession_stream_feed(get(), octets.data(), octets.size(), &taken, why); });
    return taken;
  }

  /// Takes octets that go to the peer; returns how many. 0: none now.
  std::size_t drain(void *buffer, std::size_t capacity, reporter report = {})
  {
    std::size_t length = 0;
    report([&](auto *why) { return osisession_stream_drain(get(), buffer, capacity, &length, why); });
    return length;
  }

  /// The peer will send nothing more.
  void finish(reporter report = {})
  {
    report([&](auto *why) { return osisession_stream_finish(get(), why); });
  }

  /// Octets that wait to be drained.
  std::size_t pending(reporter report = {}) const
  {
    std::size_t count = 0;
    report([&](auto *why) { return osisession_stream_pending(get(), &count, why); });
    return count;
  }
};

/// TLS for configurations: `config.tls = tls.get()`. What was configured with it keeps what it has.
class tls : public detail::owner<osisession_tls, osisession_tls_free> {
public:
  using owner::owner;
  /// Reads certificates, key and revocation lists.
  explicit tls(const osisession_tls_config &config, reporter report = {})
    : owner([&] {
        osisession_tls *made = nullptr;
        report([&](auto *why) { return osisession_tls_new(&config, &made, why); });
        return made;
      }())
  {
  }
};

/// Gives the lines of the log to a function while it lives: one at a time in a process. The function must not throw.
class log {
public:
  /// Lines of this level (OSISESSION_LOG_...) and the more important ones.
  template <typename Function> log(std::uint32_t level, Function function, reporter report = {})
    : function_(std::make_unique<std::function<void(const osisession_log_line &)>>(std::move(function)))
  {
    report([&](auto *why) { return osisession_set_log(tell, level, function_.get(), why); });
  }
  log(const log &) = delete;
  log &operator=(const log &) = delete;
  /// No other thread may use the library meanwhile: it may be in the function.
  ~log() { osisession_set_log(nullptr, 0, nullptr, nullptr); }

private:
  static void tell(const osisession_log_line *line, void *function)
  {
    (*static_cast<std::function<void(const osisession_log_line &)> *>(function))(*line);
  }
  std::unique_ptr<std::function<void(const osisession_log_line &)>> function_;
};

/// What a world on top of the session layer expects: a start, every field of which may be changed.
struct preset {
  /// For endpoints and listeners.
  osisession_session_config config = make<osisession_session_config>();
  /// For a caller.
  osisession_connect_params request = make<osisession_connect_params>();
  /// For who is called.
  osisession_connect_response_params response = make<osisession_connect_response_params>();
};

/// The preset of a world (OSISESSION_PROFILE_...).
inline preset profile(std::uint32_t world, reporter report = {})
{
  preset found;
  report([&](auto *why) { return osisession_profile(world, &found.config, &found.request, &found.response, why); });
  return found;
}

/// Records every call of the process into a file; an empty name ends the recording.
inline void record(const std::string &path, reporter report = {})
{
  report([&](auto *why) { return osisession_record(path.empty() ? nullptr : path.c_str(), why); });
}

/// A session connection. Ending it while it is open aborts it.
class session : public detail::owner<osisession_session, osisession_session_free> {
public:
  using owner::owner;

  /// Gets the events instead of next_event. It may call anything. What it throws comes out of the call of this header that
  /// drove it (dispatch, and everything with a timeout); in a background thread (endpoint::start) it ends the program.
  using handler = std::function<void(osisession_session *, const osisession_event &)>;

  /// Waits for the next event.
  event next_event(milliseconds timeout = forever, reporter report = {})
  {
    event next;
    report.driving([&](auto *why) { return osisession_next_event(get(), timeout.count(), next.reset(), why); });
    return next;
  }

  /// The next event if there is one.
  std::optional<event> try_next_event(reporter report = {})
  {
    event next;
    std::int32_t status = OSISESSION_OK;
    const bool done = report.driving([&](auto *why) {
      status = osisession_next_event(get(), 0, next.reset(), why);
      return status == OSISESSION_E_WOULD_BLOCK ? OSISESSION_OK : status;
    });
    if (!done || status == OSISESSION_E_WOULD_BLOCK) return std::nullopt;
    return std::optional<event>(std::move(next));
  }

  /// Waits for the S-CONNECT confirm, which it returns; a refusal is a failure.
  event wait_connected(milliseconds timeout = forever, reporter report = {})
  {
    event confirm;
    report.driving(
        [&](auto *why) { return osisession_session_wait_connected(get(), timeout.count(), confirm.reset(), why); });
    return confirm;
  }

  /// Waits until the send queue has room after OSISESSION_E_WOULD_BLOCK.
  void wait_writable(milliseconds timeout = forever, reporter report = {})
  {
    report.driving([&](auto *why) { return osisession_session_wait_writable(get(), timeout.count(), why); });
  }

  /// Sets the handler; an empty one takes it away.
  void on_event(handler function, reporter report = {})
  {
    if (!function) {
      report([&](auto *why) { return osisession_session_set_callbacks(get(), nullptr, why); });
      return;
    }
    auto kept = std::make_unique<handler>(std::move(function));
    auto table = make<osisession_callbacks>();
    table.user_data = kept.get();
    table.on_event = [](osisession_session *from, const osisession_event *what, void *user_data) noexcept {
#if defined(__cpp_exceptions)
      detail::thrown &thrown = detail::thrown_here();
      if (thrown.depth != 0) {
        try {
          (*static_cast<handler *>(user_data))(from, *what);
        } catch (...) {
          if (!thrown.first) thrown.first = std::current_exception();
        }
        return;
      }
#endif
      (*static_cast<handler *>(user_data))(from, *what);
    };
    table.on_release = [](void *user_data) noexcept { delete static_cast<handler *>(user_data); };
    // From here on the library ends it.
    if (report([&](auto *why) { return osisession_session_set_callbacks(get(), &table, why); }))
      static_cast<void>(kept.release());
  }

  /// S-CONNECT request, for a session over a transport of the program.
  void connect_request(const osisession_connect_params *params = nullptr, reporter report = {})
  {
    report([&](auto *why) { return osisession_connect_request(get(), params, why); });
  }

  /// S-CONNECT response, accept.
  void connect_response(const osisession_connect_response_params *params = nullptr, reporter report = {})
  {
    report([&](auto *why) { return osisession_connect_response(get(), params, why); });
  }

  /// S-CONNECT response, reject.
  void connect_response_negative(const osisession_connect_reject_params *params = nullptr, reporter report = {})
  {
    report([&](auto *why) { return osisession_connect_response_negative(get(), params, why); });
  }

  /// S-DATA request.
  void data_request(bytes_view data, reporter report = {})
  {
    report([&](auto *why) { return osisession_data_request(get(), data.data(), data.size(), why); });
  }

  /// S-DATA request of pieces, in order.
  void data_request(const osisession_octets *pieces, std::size_t count, reporter report = {})
  {
    report([&](auto *why) { return osisession_data_request_vectored(get(), pieces, count, why); });
  }

  /// S-DATA request of memory that is lent until `give_back` is called: see osisession_data_request_lent.
  void data_request_lent(bytes_view data, osisession_release_fn give_back, void *user_data, reporter report = {})
  {
    report([&](auto *why) { return osisession_data_request_lent(get(), data.data(), data.size(), give_back, user_data, why); });
  }

  /// A piece of an S-DATA request (or S-TYPED-DATA, by OSISESSION_PIECE_TYPED); OSISESSION_PIECE_END ends the SSDU.
  void data_piece_request(bytes_view data, std::uint32_t flags, reporter report = {})
  {
    report([&](auto *why) { return osisession_data_piece_request(get(), data.data(), data.size(), flags, why); });
  }

  /// S-EXPEDITED-DATA request, 1 to 14 octets.
  void expedited_data_request(bytes_view data, reporter report = {})
  {
    report([&](auto *why) { return osisession_expedited_data_request(get(), data.data(), data.size(), why); });
  }

  /// S-TYPED-DATA request.
  void typed_data_request(bytes_view data, reporter report = {})
  {
    report([&](auto *why) { return osisession_typed_data_request(get(), data.data(), data.size(), why); });
  }

  /// S-CAPABILITY-DATA request.
  void capability_data_request(bytes_view data = {}, reporter report = {})
  {
    report([&](auto *why) { return osisession_capability_data_request(get(), data.data(), data.size(), why); });
  }

  /// S-CAPABILITY-DATA response.
  void capability_data_response(bytes_view data = {}, reporter report = {})
  {
    report([&](auto *why) { return osisession_capability_data_response(get(), data.data(), data.size(), why); });
  }

  /// S-TOKEN-GIVE request; OSISESSION_TOKEN_...
  void token_give_request(std::uint32_t tokens, bytes_view data = {}, reporter report = {})
  {
    report([&](auto *why) { return osisession_token_give_request(get(), tokens, data.data(), data.size(), why); });
  }

  /// S-TOKEN-PLEASE request; OSISESSION_TOKEN_...
  void token_please_request(std::uint32_t tokens, bytes_view data = {}, reporter report = {})
  {
    report([&](auto *why) { return osisession_token_please_request(get(), tokens, data.data(), data.size(), why); });
  }

  /// S-CONTROL-GIVE request.
  void control_give_request(bytes_view data = {}, reporter report = {})
  {
    report([&](auto *why) { return osisession_control_give_request(get(), data.data(), data.size(), why); });
  }

  /// S-SYNC-MINOR request; OSISESSION_EVENT_EXPLICIT, OSISESSION_EVENT_DATA_SEPARATION. Returns the serial number of the point.
  std::uint64_t sync_minor_request(std::uint32_t flags, bytes_view data = {}, reporter report = {})
  {
    std::uint64_t number = 0;
    report([&](auto *why) { return osisession_sync_minor_request(get(), flags, data.data(), data.size(), &number, why); });
    return number;
  }

  /// S-SYNC-MINOR response: every point up to this number.
  void sync_minor_response(std::uint64_t serial_number, bytes_view data = {}, reporter report = {})
  {
    report([&](auto *why) { return osisession_sync_minor_response(get(), serial_number, data.data(), data.size(), why); });
  }

  /// S-SYNC-MAJOR request. Returns the serial number of the point.
  std::uint64_t sync_major_request(bytes_view data = {}, reporter report = {})
  {
    std::uint64_t number = 0;
    report([&](auto *why) { return osisession_sync_major_request(get(), data.data(), data.size(), &number, why); });
    return number;
  }

  /// S-SYNC-MAJOR response.
  void sync_major_response(bytes_view data = {}, reporter report = {})
  {
    report([&](auto *why) { return osisession_sync_major_response(get(), data.data(), data.size(), why); });
  }

  /// S-RESYNCHRONIZE request.
  void resynchronize_request(const osisession_resynchronize_params &params, reporter report = {})
  {
    report([&](auto *why) { return osisession_resynchronize_request(get(), &params, why); });
  }

  /// S-RESYNCHRONIZE response.
  void resynchronize_response(const osisession_resynchronize_params *params = nullptr, reporter report = {})
  {
    report([&](auto *why) { return osisession_resynchronize_response(get(), params, why); });
  }

  /// S-U-EXCEPTION-REPORT request; OSISESSION_EXCEPTION_...
  void u_exception_report_request(std::uint32_t reason, bytes_view data = {}, reporter report = {})
  {
    report([&](auto *why) { return osisession_u_exception_report_request(get(), reason, data.data(), data.size(), why); });
  }

  /// S-ACTIVITY-START request.
  void activity_start_request(bytes_view identifier, bytes_view data = {}, reporter report = {})
  {
    report([&](auto *why) { return osisession_activity_start_request(get(), identifier.data(), identifier.size(), data.data(), data.size(), why); });
  }

  /// S-ACTIVITY-RESUME request.
  void activity_resume_request(const osisession_activity_resume_params &params, reporter report = {})
  {
    report([&](auto *why) { return osisession_activity_resume_request(get(), &params, why); });
  }

  /// S-ACTIVITY-INTERRUPT request; a reason, or OSISESSION_NO_REASON.
  void activity_interrupt_request(std::uint32_t reason = OSISESSION_NO_REASON, bytes_view data = {}, reporter report = {})
  {
    report([&](auto *why) { return osisession_activity_interrupt_request(get(), reason, data.data(), data.size(), why); });
  }

  /// S-ACTIVITY-INTERRUPT response.
  void activity_interrupt_response(bytes_view data = {}, reporter report = {})
  {
    report([&](auto *why) { return osisession_activity_interrupt_response(get(), data.data(), data.size(), why); });
  }

  /// S-ACTIVITY-DISCARD request; a reason, or OSISESSION_NO_REASON.
  void activity_discard_request(std::uint32_t reason = OSISESSION_NO_REASON, bytes_view data = {}, reporter report = {})
  {
    report([&](auto *why) { return osisession_activity_discard_request(get(), reason, data.data(), data.size(), why); });
  }

  /// S-ACTIVITY-DISCARD response.
  void activity_discard_response(bytes_view data = {}, reporter report = {})
  {
    report([&](auto *why) { return osisession_activity_discard_response(get(), data.data(), data.size(), why); });
  }

  /// S-ACTIVITY-END request. Returns the serial number of the point.
  std::uint64_t activity_end_request(bytes_view data = {}, reporter report = {})
  {
    std::uint64_t number = 0;
    report([&](auto *why) { return osisession_activity_end_request(get(), data.data(), data.size(), &number, why); });
    return number;
  }

  /// S-ACTIVITY-END response.
  void activity_end_response(bytes_view data = {}, reporter report = {})
  {
    report([&](auto *why) { return osisession_activity_end_response(get(), data.data(), data.size(), why); });
  }

  /// S-RELEASE request.
  void release_request(bytes_view data = {}, reporter report = {})
  {
    report([&](auto *why) { return osisession_release_request(get(), data.data(), data.size(), why); });
  }

  /// S-RELEASE response, affirmative.
  void release_response(bytes_view data = {}, reporter report = {})
  {
    report([&](auto *why) { return osisession_release_response(get(), data.data(), data.size(), why); });
  }

  /// S-RELEASE response, negative.
  void release_response_negative(bytes_view data = {}, reporter report = {})
  {
    report([&](auto *why) { return osisession_release_response_negative(get(), data.data(), data.size(), why); });
  }

  /// S-U-ABORT request.
  void u_abort_request(bytes_view data = {}, reporter report = {})
  {
    report([&](auto *why) { return osisession_u_abort_request(get(), data.data(), data.size(), why); });
  }

  /// What was negotiated, and where the session stands.
  osisession_properties properties(reporter report = {}) const
  {
    auto found = make<osisession_properties>();
    report([&](auto *why) { return osisession_session_properties(get(), &found, why); });
    return found;
  }

  /// The limits and timers that hold.
  osisession_session_config limits(reporter report = {}) const
  {
    auto found = make<osisession_session_config>();
    report([&](auto *why) { return osisession_session_limits(get(), &found, why); });
    return found;
  }

  /// The last transitions, a line each.
  std::string history(reporter report = {}) const
  {
    return detail::text(report, [&](char *text, std::size_t size, std::size_t *needed, osisession_error_info *why) {
      return osisession_session_history(get(), text, size, needed, why);
    });
  }

  /// Why there is no session, or no longer one: cause, hints, what to try. There as soon as this user was told of the end.
  osisession_diagnosis diagnosis(reporter report = {}) const
  {
    auto found = make<osisession_diagnosis>();
    report([&](auto *why) { return osisession_session_diagnosis(get(), &found, why); });
    return found;
  }

  /// The same with all that is known: OSISESSION_REPORT_TEXT or OSISESSION_REPORT_JSON.
  std::string report(std::uint32_t format = OSISESSION_REPORT_TEXT, reporter report = {}) const
  {
    return detail::text(report, [&](char *text, std::size_t size, std::size_t *needed, osisession_error_info *why) {
      return osisession_session_report(get(), format, text, size, needed, why);
    });
  }

  /// The address of the peer.
  std::string peer_address(reporter report = {}) const
  {
    return detail::text(report, [&](char *text, std::size_t size, std::size_t *needed, osisession_error_info *why) {
      return osisession_session_peer_address(get(), text, size, needed, why);
    });
  }

  /// What TLS came to; version 0 without it.
  osisession_tls_info tls_info(reporter report = {}) const
  {
    auto found = make<osisession_tls_info>();
    report([&](auto *why) { return osisession_session_tls_info(get(), &found, why); });
    return found;
  }

  /// One of the certificates that the peer showed, in DER; its own is the first.
  std::vector<std::uint8_t> peer_certificate(std::size_t index = 0, reporter report = {}) const
  {
    std::vector<std::uint8_t> found(2048);
    std::size_t needed = 0;
    auto why = make<osisession_error_info>();
    if (osisession_session_peer_certificate(get(), index, found.data(), found.size(), &needed, &why) ==
        OSISESSION_E_BUFFER_TOO_SMALL)
      found.resize(needed);
    if (!report([&](auto *error) {
          return osisession_session_peer_certificate(get(), index, found.data(), found.size(), &needed, error);
        }))
      return {};
    found.resize(needed);
    return found;
  }

  /// The number within the endpoint, by which log lines name the session.
  std::uint64_t number(reporter report = {}) const
  {
    std::uint64_t found = 0;
    report([&](auto *why) { return osisession_session_number(get(), &found, why); });
    return found;
  }

  /// The next line of the trace; empty if there is none (OSISESSION_SESSION_TRACE).
  std::string next_trace() const
  {
    std::error_code none;
    return detail::text(none, [&](char *text, std::size_t size, std::size_t *needed, osisession_error_info *why) {
      return osisession_session_next_trace(get(), text, size, needed, why);
    });
  }

  /// Data requests will be taken.
  bool is_writable(reporter report = {}) const
  {
    std::uint32_t writable = 0;
    report([&](auto *why) { return osisession_session_is_writable(get(), &writable, why); });
    return writable != 0;
  }

  /// Aborts if it is open. The handle stays valid.
  void close(reporter report = {})
  {
    report([&](auto *why) { return osisession_session_close(get(), why); });
  }
};

/// Where callers arrive.
class listener : public detail::owner<osisession_listener, osisession_listener_free> {
public:
  using owner::owner;

  /// Waits for a caller; the session's next event is its S-CONNECT indication.
  session accept(milliseconds timeout = forever, reporter report = {})
  {
    osisession_session *made = nullptr;
    report.driving([&](auto *why) { return osisession_listener_accept(get(), timeout.count(), &made, why); });
    return session(made);
  }

  /// Lets a caller in whose octets the program carries.
  stream accept_stream(const std::string &peer, reporter report = {})
  {
    osisession_stream *made = nullptr;
    report([&](auto *why) { return osisession_listener_accept_stream(get(), peer.c_str(), &made, why); });
    return stream(made);
  }

  /// Lets a caller in on a TCP connection that was accepted elsewhere; the descriptor stays the program's to close.
  void accept_socket(int descriptor, reporter report = {})
  {
    report([&](auto *why) { return osisession_listener_accept_socket(get(), descriptor, why); });
  }

  /// Where it listens, with the port that the system chose.
  std::string local_address(reporter report = {}) const
  {
    return detail::text(report, [&](char *text, std::size_t size, std::size_t *needed, osisession_error_info *why) {
      return osisession_listener_local_address(get(), text, size, needed, why);
    });
  }

  /// Stops listening.
  void close(reporter report = {})
  {
    report([&](auto *why) { return osisession_listener_close(get(), why); });
  }
};

/// One user of the library.
class endpoint : public detail::owner<osisession_endpoint, osisession_endpoint_free> {
public:
  endpoint() : endpoint(reporter()) {}
  /// An endpoint; nothing runs until it is driven.
  explicit endpoint(reporter report)
    : owner([&] {
        osisession_endpoint *made = nullptr;
        report([&](auto *why) { return osisession_endpoint_new(&made, why); });
        return made;
      }())
  {
  }

  /// With a configuration: a capture file, packets for reports.
  explicit endpoint(const osisession_endpoint_config &config, reporter report = {})
    : owner([&] {
        osisession_endpoint *made = nullptr;
        report([&](auto *why) { return osisession_endpoint_new_with(&config, &made, why); });
        return made;
      }())
  {
  }

  /// Listens: "127.0.0.1:102", "[::]:102", "memory:NAME".
  listener listen(const std::string &address, const osisession_listener_config *config = nullptr,
                  reporter report = {})
  {
    osisession_listener *made = nullptr;
    report([&](auto *why) { return osisession_listen(get(), address.c_str(), config, &made, why); });
    return listener(made);
  }

  /// Connects; the outcome is an event, or that of session::wait_connected.
  session connect(const std::string &address, const osisession_connect_params *params = nullptr,
                  const osisession_session_config *config = nullptr, reporter report = {})
  {
    osisession_session *made = nullptr;
    report([&](auto *why) { return osisession_connect(get(), address.c_str(), params, config, &made, why); });
    return session(made);
  }

  /// Connects over octets that the program carries.
  std::pair<session, stream> connect_over_stream(const std::string &peer, const osisession_connect_params *params = nullptr,
                                                 const osisession_session_config *config = nullptr,
                                                 reporter report = {})
  {
    osisession_session *made = nullptr;
    osisession_stream *octets = nullptr;
    report([&](auto *why) {
      return osisession_connect_over_stream(get(), peer.c_str(), params, config, &made, &octets, why);
    });
    return {session(made), stream(octets)};
  }

  /// Connects over a TCP connection that exists; the descriptor stays the program's to close.
  session connect_over_socket(int descriptor, const osisession_connect_params *params = nullptr,
                              const osisession_session_config *config = nullptr, reporter report = {})
  {
    osisession_session *made = nullptr;
    report([&](auto *why) {
      return osisession_connect_over_socket(get(), descriptor, params, config, &made, why);
    });
    return session(made);
  }

  /// What it has done so far.
  osisession_counters counters(reporter report = {}) const
  {
    auto found = make<osisession_counters>();
    report([&](auto *why) { return osisession_endpoint_counters(get(), &found, why); });
    return found;
  }

  /// The session or listener that got something since it was last named; both NULL if none did. The handles are those of the objects
  /// that the program has: compare them with get().
  std::pair<osisession_session *, osisession_listener *> next_ready() const
  {
    std::pair<osisession_session *, osisession_listener *> found{nullptr, nullptr};
    osisession_endpoint_next_ready(get(), &found.first, &found.second, nullptr);
    return found;
  }

  /// The next caller that was refused before any listener saw it: why, and "CALLER at LOCAL" with the trace behind it; nothing if there
  /// is none.
  std::optional<std::pair<osisession_error_info, std::string>> next_refusal() const
  {
    std::pair<osisession_error_info, std::string> found{make<osisession_error_info>(), std::string(256, '\0')};
    std::size_t needed = 0;
    std::int32_t status;
    do {
      if (found.second.size() < needed) found.second.resize(needed);
      status = osisession_endpoint_next_refusal(get(), &found.first, found.second.data(), found.second.size(), &needed, nullptr);
    } while (status == OSISESSION_E_BUFFER_TOO_SMALL);
    if (status != OSISESSION_OK) return std::nullopt;
    found.second.resize(needed - 1);
    return found;
  }

  /// Why the caller was refused that next_refusal gave last.
  osisession_diagnosis refusal_diagnosis(reporter report = {}) const
  {
    auto found = make<osisession_diagnosis>();
    report([&](auto *why) { return osisession_endpoint_refusal_diagnosis(get(), &found, why); });
    return found;
  }

  /// The same with all that is known: OSISESSION_REPORT_TEXT or OSISESSION_REPORT_JSON.
  std::string refusal_report(std::uint32_t format = OSISESSION_REPORT_TEXT, reporter report = {}) const
  {
    return detail::text(report, [&](char *text, std::size_t size, std::size_t *needed, osisession_error_info *why) {
      return osisession_endpoint_refusal_report(get(), format, text, size, needed, why);
    });
  }

  /// A session over a transport of the program; its functions are osisession_transport_..., with session::get().
  session open(const osisession_session_config *config = nullptr, reporter report = {})
  {
    osisession_session *made = nullptr;
    report([&](auto *why) { return osisession_session_open(get(), config, &made, why); });
    return session(made);
  }

  /// Drives the endpoint once. Returns how many sessions and listeners got something.
  std::size_t dispatch(milliseconds timeout = forever, reporter report = {})
  {
    std::size_t count = 0;
    report.driving([&](auto *why) { return osisession_endpoint_dispatch(get(), timeout.count(), &count, why); });
    return count;
  }

  /// Makes a waiting dispatch return. May be called from a signal handler.
  std::int32_t wake() const noexcept { return osisession_endpoint_wake(get()); }

  /// Starts the background thread.
  void start(reporter report = {})
  {
    report([&](auto *why) { return osisession_endpoint_start(get(), why); });
  }

  /// Stops the background thread.
  void stop(reporter report = {})
  {
    report([&](auto *why) { return osisession_endpoint_stop(get(), why); });
  }

  /// To be watched in an event loop: readable when dispatch(0ms) has something to do.
  int descriptor(reporter report = {}) const
  {
    std::int32_t found = -1;
    report([&](auto *why) { return osisession_endpoint_descriptor(get(), &found, why); });
    return found;
  }

  /// When dispatch is due though the descriptor is quiet; nothing if no time is waited for.
  std::optional<std::chrono::nanoseconds> next_timeout(reporter report = {}) const
  {
    std::int64_t nanoseconds = -1;
    report([&](auto *why) { return osisession_endpoint_next_timeout_ns(get(), &nanoseconds, why); });
    if (nanoseconds < 0) return std::nullopt;
    return std::chrono::nanoseconds(nanoseconds);
  }

  /// Closes all listeners and aborts all sessions.
  void close(reporter report = {})
  {
    report([&](auto *why) { return osisession_endpoint_close(get(), why); });
  }
};

} // namespace osisession

#endif
