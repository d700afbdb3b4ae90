// Requests and responses in C++: with exceptions, and (compiled a second time) without.
#include "check.hpp"

#include <cstring>
#include <osisession_rpc.hpp>
#include <thread>

namespace rpc = osisession::rpc;

static bool is(const std::error_code &code, std::int32_t status)
{
  return code == osisession::make_error_code(status);
}

struct pair {
  osisession::endpoint endpoint;
  rpc::server server;
  rpc::client client;
};

static pair started(const osisession_rpc_server_config *config = nullptr, bool background = true)
{
  pair p;
  if (background) p.endpoint.start();
  p.server = rpc::server(p.endpoint, "127.0.0.1:0", config);
  p.client = rpc::client(p.endpoint, p.server.local_address());
  return p;
}

/// Answers with what was asked; "fail" and "drop" are exceptions.
static void answer(rpc::request asked)
{
  if (asked.data() == "fail") asked.fail(OSISESSION_RPC_CODE_APPLICATION + 1, "because");
  else if (asked.data() != "drop") asked.respond(asked.data());
}

static void asked_and_answered()
{
  auto p = started();
  p.server.serve(answer);
  CHECK(p.client.state().state == OSISESSION_RPC_STATE_IDLE && !p.client.try_next_event());
  CHECK(p.client.request("hello").response() == "hello");
  CHECK(p.client.request("hello", 5s).responded());
  auto failing = p.client.request("fail");
  CHECK(failing && !failing.responded() && failing->kind == OSISESSION_RPC_ERROR && failing->code == 257 && failing.data() == "because");
  std::error_code code;
  CHECK(failing.response(code).empty() && is(code, OSISESSION_E_PEER));
  auto info = osisession::make<osisession_error_info>();
  CHECK(failing.response(info).empty() && info.reason == 257);
  CHECK(p.client.request("drop")->code == OSISESSION_RPC_CODE_UNANSWERED);
  const auto attempt = p.client.next_event(5s);
  CHECK(attempt.type == OSISESSION_RPC_EVENT_ATTEMPT && p.client.next_event(5s).type == OSISESSION_RPC_EVENT_UP);
  // Outcomes move, and are empty behind it.
  rpc::outcome moved(std::move(failing));
  CHECK(moved.data() == "because" && !failing && failing.data().empty());
  CHECK(failing.response(code).empty() && is(code, OSISESSION_E_INVALID));
  failing = std::move(moved);
  CHECK(failing.data() == "because" && !moved);
  p.client.close(5s);
  CHECK(!p.client.request("hello", nullptr, code) && is(code, OSISESSION_E_CLOSED));
}

static void outcomes_from_a_queue()
{
  auto p = started();
  std::error_code code;
  CHECK(!p.client.try_next_outcome() && !p.client.next_outcome(5ms, code) && is(code, OSISESSION_E_TIMED_OUT));
  CHECK(!p.server.try_next_request() && !p.server.next_request(5ms, code) && is(code, OSISESSION_E_TIMED_OUT));
  std::vector<rpc::request> asked;
  for (int i = 0; i < 10; i++) CHECK(p.client.start(std::to_string(i)) == std::uint64_t(i) + 1);
  for (int i = 0; i < 10; i++) asked.push_back(p.server.next_request(5s));
  while (!asked.empty()) { // In the other direction.
    auto &last = asked.back();
    CHECK(!last.one_way() && !last.withdrawn() && last.peer() == asked.front().peer());
    last.respond(std::string(last.data()) + "!");
    last.respond("again", code);
    CHECK(is(code, OSISESSION_E_REFUSED));
    asked.pop_back();
  }
  const auto state = p.client.state();
  unsigned seen = 0;
  for (int i = 0; i < 10; i++) {
    const auto outcome = p.client.next_outcome(5s);
    CHECK(outcome.data() == std::to_string(outcome->id - 1) + "!");
    seen |= 1u << outcome->id;
  }
  CHECK(seen == 0x7fe && state.state == OSISESSION_RPC_STATE_UP);
  p.client.one_way("fire", 5s);
  const auto fire = p.server.next_request(5s);
  CHECK(fire.one_way() && fire.data() == "fire" && fire.look().id == 0);
  CHECK(std::memcmp(fire.peer().data(), state.association, 16) == 0);
  // Cancelled; a request outlives its server, and its octets too.
  const auto number = p.client.start("work");
  auto work = p.server.next_request(5s);
  p.client.cancel(number);
  while (!work.withdrawn()) std::this_thread::yield();
  work.fail(5, {}, code);
  CHECK(is(code, OSISESSION_E_INVALID));
  work.fail(OSISESSION_RPC_CODE_CANCELLED);
  CHECK(p.client.next_outcome(5s)->code == OSISESSION_RPC_CODE_CANCELLED);
  p.client.cancel(number, code);
  CHECK(is(code, OSISESSION_E_REFUSED));
  p.client.start("late");
  auto late = p.server.next_request(5s);
  p.server = rpc::server();
  CHECK(late.data() == "late");
  late.respond("nobody hears it", code);
  CHECK(is(code, OSISESSION_E_CLOSED));
}

static void functions_in_the_callers_loop()
{
  auto config = osisession::make<osisession_rpc_server_config>();
  config.flags = OSISESSION_RPC_NO_THREADS;
  auto p = started(&config, false);
  p.server.serve(answer);
  int calls = 0;
  std::uint64_t told = 0;
  const auto kept = std::make_shared<int>(0);
  const auto number = p.client.start("hello", [&, kept](const osisession_rpc_outcome &outcome) {
    ++calls;
    told = outcome.id;
    CHECK(outcome.kind == OSISESSION_RPC_RESPONSE && osisession::view(outcome.data) == "hello");
  });
  while (calls == 0) p.endpoint.dispatch(5s);
  CHECK(calls == 1 && told == number && kept.use_count() == 1);
  // Nobody takes notice.
  p.client.start("hello", rpc::client::handler());
  CHECK(p.client.request("hello").response() == "hello");
  // A call that fails frees the function, and does not call it.
  std::error_code code;
  auto wrong = osisession::make<osisession_rpc_params>();
  wrong.flags = 0x80;
  p.client.start("x", [kept](const osisession_rpc_outcome &) { CHECK(false); }, &wrong, code);
  CHECK(is(code, OSISESSION_E_INVALID) && kept.use_count() == 1);
  // Closing is an outcome, too.
  p.client.start("never", [&, kept](const osisession_rpc_outcome &outcome) {
    ++calls;
    CHECK(outcome.kind == OSISESSION_RPC_UNKNOWN && outcome.why == OSISESSION_RPC_CLOSED);
  });
  p.client = rpc::client();
  while (calls == 1) p.endpoint.dispatch(5s);
  CHECK(calls == 2 && kept.use_count() == 1);
}

static void what_is_moved_away_answers()
{
  auto p = started();
  p.server.serve(answer);
  rpc::client client = std::move(p.client);
  rpc::server server = std::move(p.server);
  std::error_code code;
  CHECK(!p.client && !p.server && client && server);
  p.client.request("x", nullptr, code);
  CHECK(is(code, OSISESSION_E_NULL_HANDLE));
  p.client.start("x", [](const osisession_rpc_outcome &) { CHECK(false); }, nullptr, code);
  CHECK(is(code, OSISESSION_E_NULL_HANDLE));
  p.client.open(0ms, code);
  CHECK(is(code, OSISESSION_E_NULL_HANDLE));
  CHECK(p.client.state(code).state == 0 && is(code, OSISESSION_E_NULL_HANDLE));
  CHECK(!p.client.try_next_outcome(code) && is(code, OSISESSION_E_NULL_HANDLE));
  p.server.serve(answer, code);
  CHECK(is(code, OSISESSION_E_NULL_HANDLE));
  CHECK(p.server.local_address(code).empty() && is(code, OSISESSION_E_NULL_HANDLE));
  CHECK(!p.server.try_next_request(code) && is(code, OSISESSION_E_NULL_HANDLE));
  CHECK(client.request("moved").response() == "moved");
  rpc::request none;
  none.respond("x", code);
  CHECK(is(code, OSISESSION_E_NULL_HANDLE) && none.data(code).empty() && code);
  // Arguments that cannot be.
  auto wrong = osisession::make<osisession_rpc_client_config>();
  wrong.flags = 0x80;
  server.serve(rpc::request_handler(), code);
  CHECK(is(code, OSISESSION_E_NULL));
  CHECK(client.request("still").response() == "still");
  CHECK(!rpc::client(osisession::endpoint(), "127.0.0.1:1", &wrong, code) && is(code, OSISESSION_E_INVALID));
  CHECK(!rpc::server(p.endpoint, "a b", nullptr, code) && is(code, OSISESSION_E_INVALID));
  // Replaced in its place, and taken over.
  server.serve([](rpc::request asked) { asked.respond("other"); });
  CHECK(client.request("x").response() == "other");
  server = rpc::server(p.endpoint, "127.0.0.1:0");
  client = rpc::client(p.endpoint, server.local_address());
  server.serve(answer);
  CHECK(client.request("anew").response() == "anew");
}

static void the_end_waits_for_who_serves()
{
  auto p = started();
  std::atomic<int> inside{0}, done{0};
  const auto kept = std::make_shared<int>(0);
  p.server.serve([&, kept](rpc::request asked) {
    ++inside;
    std::this_thread::sleep_for(50ms);
    std::error_code code;
    asked.respond("late", code);
    ++done;
  });
  for (int i = 0; i < 3; i++) p.client.start("x");
  while (inside < 3) std::this_thread::yield();
  p.server = rpc::server();
  CHECK(done == inside && kept.use_count() == 1);
}

static void it_may_end_itself()
{
  auto p = started();
  std::atomic<bool> over{false};
  const auto kept = std::make_shared<int>(0);
  p.server.serve([&over, kept, &server = p.server](rpc::request asked) {
    asked.respond("the last");
    server = rpc::server();
    CHECK(*kept == 0); // The function is still there.
    over = true;
  });
  p.client.start("x");
  while (!over) std::this_thread::yield();
  CHECK(!p.server);
  for (int turn = 0; turn < 5000 && kept.use_count() > 1; turn++) std::this_thread::sleep_for(1ms);
  CHECK(kept.use_count() == 1);
}

static void it_never_opened()
{
  osisession::endpoint endpoint;
  auto config = osisession::make<osisession_rpc_client_config>();
  config.trip_after = 2;
  config.first_delay_ms = 1;
  rpc::client client(endpoint, "127.0.0.1:1", &config);
  const auto outcome = client.request("hello");
  CHECK(outcome->kind == OSISESSION_RPC_NOT_DONE && outcome->why == OSISESSION_RPC_UNREACHABLE);
  std::error_code code;
  outcome.response(code);
  CHECK(is(code, OSISESSION_E_TRANSPORT));
  client.open(5s, code);
  CHECK(is(code, OSISESSION_E_TRANSPORT) && client.state().circuit == OSISESSION_RPC_CIRCUIT_OPEN);
  while (client.try_next_event()) continue;
  client.reset();
  CHECK(client.next_event(5s).circuit == OSISESSION_RPC_CIRCUIT_HALF_OPEN);
  // The endpoint goes first.
  endpoint = osisession::endpoint();
  client.open(5s, code);
  CHECK(code);
}

#if defined(__cpp_exceptions)
static void what_functions_throw_comes_out_of_the_call_that_drove()
{
  auto config = osisession::make<osisession_rpc_server_config>();
  config.flags = OSISESSION_RPC_NO_THREADS;
  auto p = started(&config, false);
  p.server.serve([](rpc::request) { throw std::runtime_error("from the server"); });
  std::string caught;
  auto driven = [&](auto &&call) {
    try {
      call();
    } catch (const std::runtime_error &error) {
      caught = error.what();
    }
  };
  driven([&] { p.client.request("x", 5s); });
  CHECK(caught == "from the server");
  p.server.serve(answer);
  bool called = false;
  p.client.start("x", [&](const osisession_rpc_outcome &) {
    called = true;
    throw std::runtime_error("from the outcome");
  });
  caught.clear();
  while (!called) driven([&] { p.endpoint.dispatch(5s); });
  CHECK(caught == "from the outcome");
  CHECK(p.client.request("and go on").response() == "and go on");
}

static void what_functions_throw_in_threads_goes_to_its_function()
{
  auto p = started();
  std::atomic<int> told{0};
  p.server.serve(
      [](rpc::request asked) {
        if (asked.data() == "throw") throw std::runtime_error("from a thread");
        answer(std::move(asked));
      },
      [&](std::exception_ptr what) {
        try {
          std::rethrow_exception(what);
        } catch (const std::runtime_error &error) {
          if (std::string_view(error.what()) == "from a thread") ++told;
        }
      });
  CHECK(p.client.request("throw")->code == OSISESSION_RPC_CODE_UNANSWERED);
  CHECK(p.client.request("and go on").response() == "and go on");
  while (told == 0) std::this_thread::yield();
  p.server.serve([](rpc::request) { throw 1; });
  CHECK(p.client.request("throw")->code == OSISESSION_RPC_CODE_UNANSWERED && told == 1);
}

static void failures_as_exceptions()
{
  auto p = started();
  p.server.serve(answer);
  try {
    p.client.request("fail").response();
    CHECK(false);
  } catch (const osisession::error &error) {
    CHECK(error.status() == OSISESSION_E_PEER && error.info.reason == 257);
  }
  const auto kept = std::make_shared<int>(0);
  try {
    rpc::client().start("x", [kept](const osisession_rpc_outcome &) { CHECK(false); });
    CHECK(false);
  } catch (const osisession::error &error) {
    CHECK(error.status() == OSISESSION_E_NULL_HANDLE && kept.use_count() == 1);
  }
  try {
    rpc::server().serve([kept](rpc::request) { CHECK(false); });
    CHECK(false);
  } catch (const osisession::error &error) {
    CHECK(error.status() == OSISESSION_E_NULL_HANDLE && kept.use_count() == 1);
  }
}
#endif

int main()
{
  RUN(asked_and_answered);
  RUN(outcomes_from_a_queue);
  RUN(functions_in_the_callers_loop);
  RUN(what_is_moved_away_answers);
  RUN(the_end_waits_for_who_serves);
  RUN(it_may_end_itself);
  RUN(it_never_opened);
#if defined(__cpp_exceptions)
  RUN(what_functions_throw_comes_out_of_the_call_that_drove);
  RUN(what_functions_throw_in_threads_goes_to_its_function);
  RUN(failures_as_exceptions);
#endif
  return over();
}
