// The C++ interface: with exceptions, with codes, and (compiled a second time) without exceptions.
#include <array>
#include <cstdio>
#include <osisession.hpp>
#include <vector>

using namespace std::chrono_literals;

static int failed = 0;
#define CHECK(condition) \
  do { \
    if (!(condition)) { \
      ++failed; \
      std::printf("# %s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
    } \
  } while (0)

struct sessions {
  osisession::endpoint endpoint;
  osisession::listener listener;
  osisession::session caller, called;
};

static sessions connected(const char *name, std::uint32_t units)
{
  sessions s;
  s.listener = s.endpoint.listen(name);
  auto params = osisession::make<osisession_connect_params>();
  params.functional_units = units;
  params.user_data = osisession::octets("may I?");
  if ((units & OSISESSION_FU_MINOR_SYNC) != 0) {
    params.present = OSISESSION_HAS_SERIAL_NUMBER;
    params.initial_serial_number = 1;
  }
  s.caller = s.endpoint.connect(name, &params);
  s.called = s.listener.accept(5s);
  const auto indication = s.called.next_event(5s);
  CHECK(std::holds_alternative<osisession::connect_indication>(indication.get()) && indication.user_data() == "may I?");
  auto response = osisession::make<osisession_connect_response_params>();
  response.functional_units = units;
  s.called.connect_response(&response);
  CHECK(s.caller.wait_connected(5s)->functional_units == units);
  return s;
}

static void every_kind_of_octets()
{
  auto s = connected("memory:cpp octets", OSISESSION_FU_DUPLEX);
  const std::vector<std::uint8_t> vector{'v', 'e', 'c'};
  const std::array<char, 3> array{'a', 'r', 'r'};
  s.caller.data_request("literal");
  s.caller.data_request(std::string("string"));
  s.caller.data_request(vector);
  s.caller.data_request(array);
  for (const char *wanted : {"literal", "string", "vec", "arr"}) CHECK(s.called.next_event(5s).user_data() == wanted);
  const osisession_octets pieces[] = {osisession::octets("two "), osisession::octets("pieces")};
  s.caller.data_request(pieces, 2);
  CHECK(s.called.next_event(5s).user_data() == "two pieces");
}

static void primitives_are_visited()
{
  auto s = connected("memory:cpp visit", OSISESSION_FU_HALF_DUPLEX | OSISESSION_FU_MINOR_SYNC);
  CHECK(s.caller.sync_minor_request(OSISESSION_EVENT_EXPLICIT) == 1);
  s.caller.token_give_request(OSISESSION_TOKEN_DATA);
  std::string seen;
  for (int turn = 0; turn < 2; turn++) {
    const auto event = s.called.next_event(5s);
    event.visit(osisession::overloaded{
        [&](const osisession::sync_minor_indication &it) { seen += "point " + std::to_string(*it.serial_number()) + ";"; },
        [&](const osisession::token_give_indication &it) { seen += "tokens " + std::to_string(it.tokens()) + ";"; },
        [&](const auto &) { seen += "other;"; },
    });
  }
  CHECK(seen == "point 1;tokens 1;");
  s.called.sync_minor_response(1);
  CHECK(s.caller.next_event(5s).get().index() != 0);
  CHECK(s.caller.properties().serial_numbers[0] == 2);
  CHECK(s.caller.limits().history == 32 && !s.caller.history().empty() && s.caller.is_writable());
  CHECK(!s.caller.try_next_event());
}

static void failures_as_codes()
{
  auto s = connected("memory:cpp codes", OSISESSION_FU_HALF_DUPLEX);
  std::error_code code;
  s.called.data_request("not mine", code);
  CHECK(code == osisession::make_error_code(OSISESSION_E_REFUSED) && code.message() == "OSISESSION_E_REFUSED");
  auto info = osisession::make<osisession_error_info>();
  s.called.data_request("not mine", info);
  CHECK(std::string_view(info.state) == "STA713" && std::string_view(info.clause) == "X.225 Table A.9");
  s.caller.data_request("mine", code);
  CHECK(!code);
  CHECK(s.called.next_event(5s, code).user_data() == "mine" && !code);
  CHECK(!s.called.next_event(1ms, code) && code == osisession::make_error_code(OSISESSION_E_TIMED_OUT));
  osisession::session moved = std::move(s.caller);
  s.caller.data_request("gone", code);
  CHECK(code == osisession::make_error_code(OSISESSION_E_NULL_HANDLE));
  moved.data_request("here", code);
  CHECK(!code);
}

static void octets_that_the_program_carries()
{
  osisession::endpoint endpoint;
  auto listener = endpoint.listen("memory:cpp stream");
  auto made = endpoint.connect_over_stream("serial line");
  auto &caller = made.first;
  auto &near = made.second;
  auto far = listener.accept_stream("a caller");
  std::array<char, 512> buffer;
  auto carry = [&] {
    for (int turn = 0; turn < 4; turn++) {
      endpoint.dispatch(0ms);
      for (auto [from, to] : {std::pair{&near, &far}, std::pair{&far, &near}}) {
        const auto count = from->drain(buffer.data(), buffer.size());
        CHECK(to->feed({buffer.data(), count}) == count);
      }
    }
  };
  endpoint.dispatch(0ms);
  CHECK(near.pending() > 0 && far.pending() == 0);
  carry();
  CHECK(near.pending() == 0);
  auto called = listener.accept(0ms);
  while (endpoint.next_ready().first != nullptr || endpoint.next_ready().second != nullptr) continue;
  called.next_event(0ms);
  called.connect_response();
  carry();
  CHECK(std::holds_alternative<osisession::connect_confirm>(caller.next_event(0ms).get()));
}

static void looking_on()
{
  int lines = 0;
  std::error_code code;
  {
    osisession::log log(OSISESSION_LOG_INFO, [&](const osisession_log_line &line) {
      ++lines;
      CHECK(line.level <= OSISESSION_LOG_INFO);
    });
    auto s = connected("memory:cpp log", OSISESSION_FU_DUPLEX);
    CHECK(lines == 2 && s.caller.number() != s.called.number());
    CHECK(s.endpoint.counters().established == 2);
    CHECK(s.caller.tls_info().version == 0);
    CHECK(s.caller.peer_certificate(0, code).empty() && code);
    s.endpoint.connect_over_socket(-1, nullptr, nullptr, code);
    CHECK(code);
    osisession::log other(0, [](const osisession_log_line &) {}, code);
    CHECK(code);
  }
  CHECK(osisession::profile(OSISESSION_PROFILE_MMS).request.versions == OSISESSION_VERSION_2);
  osisession::profile(0, code);
  CHECK(code);
  const int before = lines;
  connected("memory:cpp quiet", OSISESSION_FU_DUPLEX);
  CHECK(lines == before);
  osisession::record("/nowhere/at/all", code);
  CHECK(code);
  auto config = osisession::make<osisession_endpoint_config>();
  config.capture_file = "/nowhere/at/all";
  osisession::endpoint none(config, code);
  CHECK(code && !none);
  auto wrong = osisession::make<osisession_tls_config>();
  osisession::tls nothing(wrong, code);
  CHECK(code && !nothing);
}

static void why_there_is_no_session()
{
  auto config = osisession::make<osisession_endpoint_config>();
  config.flags = OSISESSION_ENDPOINT_WITNESS;
  osisession::endpoint endpoint(config);
  std::error_code code;
  auto session = endpoint.connect("127.0.0.1:1");
  CHECK(session.diagnosis(code).cause == OSISESSION_CAUSE_NONE && code);
  session.wait_connected(5s, code);
  CHECK(code);
  const auto diagnosis = session.diagnosis();
  CHECK(diagnosis.cause == OSISESSION_CAUSE_TCP_REFUSED && std::string_view(diagnosis.word) == "tcp-refused");
  CHECK(session.report().find("\n  try      ") != std::string::npos);
  CHECK(session.report(OSISESSION_REPORT_JSON).find("{\"cause\":\"tcp-refused\"") == 0);
  CHECK(session.report(7, code).empty() && code == osisession::make_error_code(OSISESSION_E_INVALID));
  CHECK(!endpoint.next_refusal());
  auto selective = osisession::make<osisession_listener_config>();
  selective.session_selector = osisession::octets("S1");
  auto listener = endpoint.listen("memory:cpp selective", &selective);
  endpoint.connect("memory:cpp selective").wait_connected(5s, code);
  CHECK(code == osisession::make_error_code(OSISESSION_E_PEER));
  const auto refused = endpoint.next_refusal();
  CHECK(refused && refused->first.reason == OSISESSION_REFUSE_SELECTOR_UNKNOWN);
  CHECK(refused && refused->second.find(" at memory:cpp selective") != std::string::npos);
  CHECK(endpoint.refusal_diagnosis().cause == OSISESSION_CAUSE_REFUSE_SELECTOR || endpoint.refusal_diagnosis().cause == OSISESSION_CAUSE_REFUSED_HERE);
  CHECK(endpoint.refusal_report().find("unknown") != std::string::npos);
  osisession::endpoint other;
  CHECK(other.refusal_diagnosis(code).cause == OSISESSION_CAUSE_NONE && code);
  CHECK(other.refusal_report(OSISESSION_REPORT_TEXT, code).empty() && code);
}

#if defined(__cpp_exceptions)
static void failures_as_exceptions()
{
  auto s = connected("memory:cpp throw", OSISESSION_FU_HALF_DUPLEX);
  try {
    s.called.data_request("not mine");
    CHECK(false);
  } catch (const osisession::error &error) {
    CHECK(error.status() == OSISESSION_E_REFUSED && std::string_view(error.info.event) == "SDTreq");
  }
}

static void what_a_handler_throws_comes_out_of_dispatch()
{
  auto s = connected("memory:cpp handler", OSISESSION_FU_DUPLEX);
  int calls = 0;
  s.called.on_event([&](osisession_session *, const osisession_event &event) {
    ++calls;
    const auto kept = osisession::event::retain(event);
    if (kept.user_data() == "throw") throw std::runtime_error("from the handler");
  });
  s.caller.data_request("throw");
  s.caller.data_request("and go on");
  std::string caught;
  for (int turn = 0; turn < 20 && calls < 2; turn++) {
    try {
      s.endpoint.dispatch(100ms);
    } catch (const std::runtime_error &error) {
      caught += error.what();
    }
  }
  CHECK(caught == "from the handler" && calls == 2);
  s.called.on_event({});
}
#endif

int main()
{
  every_kind_of_octets();
  primitives_are_visited();
  failures_as_codes();
  octets_that_the_program_carries();
  looking_on();
  why_there_is_no_session();
#if defined(__cpp_exceptions)
  failures_as_exceptions();
  what_a_handler_throws_comes_out_of_dispatch();
#endif
  std::printf("%s 1 - interface\n1..1\n", failed == 0 ? "ok" : "not ok");
  return failed == 0 ? 0 : 1;
}
