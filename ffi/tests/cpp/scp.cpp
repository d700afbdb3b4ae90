// DECnet in C++: two nodes over loopback; with exceptions, and (compiled a second time) without.
#include "check.hpp"

#include <osisession_scp.hpp>

namespace scp = osisession::scp;

static bool is(const std::error_code &code, std::int32_t status)
{
  return code == osisession::make_error_code(status);
}

/// 1.1, whose circuit listens, and 1.2; each has a thread.
struct nodes {
  scp::endpoint there, here;
};

static nodes started()
{
  nodes n;
  n.there = scp::endpoint("1.1", "listen:127.0.0.1:0");
  n.there.start();
  n.here = scp::endpoint("1.2", "tcp:" + n.there.local_address());
  n.here.start();
  n.here.define_node("THERE", "1.1");
  n.there.define_node("HERE", "1.2");
  n.here.wait_up(5s);
  n.there.wait_up(5s);
  return n;
}

/// The next event but that there is room again.
static scp::event next(scp::link &link)
{
  for (;;) {
    auto event = link.next_event(5s);
    if (event.type() != OSISESSION_SCP_SEND_READY && event.type() != OSISESSION_SCP_INTERRUPT_READY) return event;
  }
}

static void a_call_with_everything()
{
  auto n = started();
  const auto state = n.here.state();
  CHECK(state.up == 1 && std::string_view(state.neighbour) == "1.1" && state.octets_received > 0);
  CHECK(n.here.local_address().empty());
  auto object = osisession::make<osisession_scp_object>();
  object.number = 200;
  object.name = osisession::octets("OBJECT");
  auto listener = n.there.listen(object);
  CHECK(!listener.try_accept());
  std::error_code code;
  n.there.listen(object, code);
  CHECK(is(code, OSISESSION_E_REFUSED));
  auto params = osisession::make<osisession_scp_connect_params>();
  params.flags = OSISESSION_SCP_ACCESS;
  params.object_number = 200;
  params.source_name = osisession::octets("ME");
  params.user = osisession::octets("user");
  params.password = osisession::octets("password");
  params.user_data = osisession::octets("data");
  auto link = n.here.connect("THERE", params);
  auto called = listener.accept(5s);
  CHECK(called.event && called.event.type() == OSISESSION_SCP_CALL && called.event.user_data() == "data");
  CHECK(std::string_view(called.event->node) == "1.2" && std::string_view(called.event->node_name) == "HERE");
  CHECK(called.event->object_number == 200 && osisession::view(called.event->source_name) == "ME");
  CHECK(osisession::view(called.event->user) == "user" && osisession::view(called.event->password) == "password");
  auto &answering = called.link;
  answering.send("early", 0ms, code);
  CHECK(is(code, OSISESSION_E_REFUSED));
  answering.accept("seventeen octets!", code);
  CHECK(is(code, OSISESSION_E_INVALID));
  answering.accept("welcome");
  const auto answer = link.wait_connected(5s);
  CHECK(answer.type() == OSISESSION_SCP_ACCEPTED && answer.user_data() == "welcome");
  CHECK(next(answering).type() == OSISESSION_SCP_RUNNING && !answering.try_next_event());
  CHECK(!answering.next_event(1ms, code) && is(code, OSISESSION_E_TIMED_OUT));

  for (std::size_t i = 0; i < 20; i++) link.send(std::string(i * 450, char('a' + i)));
  for (std::size_t i = 0; i < 20; i++) {
    const auto message = next(answering);
    CHECK(message.type() == OSISESSION_SCP_MESSAGE && message.user_data() == std::string(i * 450, char('a' + i)));
  }
  answering.interrupt("now", 0ms);
  answering.interrupt("again", 0ms, code);
  CHECK(is(code, OSISESSION_E_WOULD_BLOCK));
  auto interrupt = next(link);
  CHECK(interrupt.type() == OSISESSION_SCP_INTERRUPT && interrupt.user_data() == "now");
  // Events move, and are empty behind it.
  const scp::event moved(std::move(interrupt));
  CHECK(moved.user_data() == "now" && !interrupt && interrupt.user_data().empty());
  answering.interrupt("again", 5s);
  CHECK(next(link).user_data() == "again");

  link.disconnect("bye");
  CHECK(next(link).type() == OSISESSION_SCP_CLOSED);
  const auto end = next(answering);
  CHECK(end.type() == OSISESSION_SCP_DISCONNECTED && end.reason() == OSISESSION_SCP_REASON_BY_END_USER && end.user_data() == "bye");
  CHECK(!answering.next_event(5s, code) && is(code, OSISESSION_E_CLOSED));
}

static void ends_with_reasons()
{
  auto n = started();
  auto listener = n.there.listen("NO");
  auto link = n.here.connect("1.1", "NO");
  listener.accept(5s).link.reject(33, "not now");
  auto info = osisession::make<osisession_error_info>();
  CHECK(!link.wait_connected(5s, info) && info.status == OSISESSION_E_PEER && info.reason == 33);
  CHECK(info.octets_length == 7 && std::string_view(reinterpret_cast<const char *>(info.octets), 7) == "not now");
  auto params = osisession::make<osisession_scp_connect_params>();
  params.object_number = 99;
  link = n.here.connect("THERE", params);
  CHECK(next(link).reason() == OSISESSION_SCP_REASON_NO_SUCH_OBJECT);
  // A call whose object ends without an answer.
  link = n.here.connect("THERE", "no");
  listener.accept(5s);
  const auto rejected = next(link);
  CHECK(rejected.type() == OSISESSION_SCP_REJECTED && rejected.reason() == OSISESSION_SCP_REASON_NO_ANSWER);
  // Aborted, by a call and by the end of an object.
  for (const bool by_call : {true, false}) {
    link = n.here.connect("THERE", "NO");
    auto called = listener.accept(5s);
    called.link.accept();
    link.wait_connected(5s);
    CHECK(next(called.link).type() == OSISESSION_SCP_RUNNING);
    if (by_call) link.abort("over");
    else link = scp::link();
    const auto end = next(called.link);
    CHECK(end.type() == OSISESSION_SCP_DISCONNECTED && (!by_call || end.user_data() == "over"));
  }
  std::error_code code;
  n.here.connect("NOBODY", "NO", code);
  CHECK(is(code, OSISESSION_E_INVALID));
  // The node goes first.
  link = n.here.connect("THERE", "NO");
  n.here.close();
  link.wait_connected(5s, code);
  CHECK(code);
  n.there.stop();
  n.there = scp::endpoint();
  listener.accept(5s, code);
  CHECK(is(code, OSISESSION_E_CLOSED));
}

static void one_thread_drives_a_node_that_calls_itself()
{
  scp::endpoint self("1.1", "listen:127.0.0.1:0");
  CHECK(self.descriptor() >= 0);
  self.next_timeout();
  auto listener = self.listen("SELF");
  auto link = self.connect("1.1", "SELF");
  scp::link answering;
  bool echoed = false;
  for (int rounds = 0; rounds < 1000 && !echoed; rounds++) {
    const auto ready = self.next_ready();
    if (ready.second == listener.get()) {
      answering = std::move(listener.try_accept()->link);
      answering.accept();
    } else if (ready.first != nullptr) {
      auto &at = ready.first == link.get() ? link : answering;
      while (const auto event = at.try_next_event()) {
        if (event->type() == OSISESSION_SCP_ACCEPTED) at.send("hello", 0ms);
        if (event->type() == OSISESSION_SCP_MESSAGE && &at == &answering) at.send(event->user_data(), 0ms);
        if (event->type() == OSISESSION_SCP_MESSAGE && &at == &link) echoed = event->user_data() == "hello";
      }
    } else {
      self.dispatch(10ms);
    }
  }
  CHECK(echoed);
}

static void what_is_moved_away_answers()
{
  auto n = started();
  std::error_code code;
  auto listener = n.there.listen("PEER");
  scp::link link = n.here.connect("THERE", "PEER");
  const scp::link moved = std::move(link);
  const scp::endpoint here = std::move(n.here);
  const scp::listener other = std::move(listener);
  CHECK(moved && here && other && !link && !n.here && !listener);
  link.send("x", 0ms, code);
  CHECK(is(code, OSISESSION_E_NULL_HANDLE));
  CHECK(!link.try_next_event(code) && is(code, OSISESSION_E_NULL_HANDLE));
  link.disconnect({}, code);
  CHECK(is(code, OSISESSION_E_NULL_HANDLE));
  CHECK(!listener.try_accept(code) && is(code, OSISESSION_E_NULL_HANDLE));
  CHECK(!n.here.connect("THERE", "PEER", code) && is(code, OSISESSION_E_NULL_HANDLE));
  CHECK(!n.here.listen("PEER", code) && is(code, OSISESSION_E_NULL_HANDLE));
  CHECK(n.here.state(code).up == 0 && is(code, OSISESSION_E_NULL_HANDLE));
  CHECK(n.here.next_ready().first == nullptr && n.here.descriptor(code) == -1 && code);
  CHECK(here.state().up == 1);
  // Arguments that cannot be.
  CHECK(!scp::endpoint("1.1024", "tcp:127.0.0.1:1", code) && is(code, OSISESSION_E_INVALID));
  CHECK(!scp::endpoint("1.1", "string", code) && is(code, OSISESSION_E_INVALID));
  CHECK(!scp::endpoint(osisession::make<osisession_scp_config>(), code) && is(code, OSISESSION_E_NULL));
}

#if defined(__cpp_exceptions)
static void failures_as_exceptions()
{
  auto n = started();
  auto listener = n.there.listen("NO");
  auto link = n.here.connect("THERE", "NO");
  listener.accept(5s).link.reject();
  try {
    link.wait_connected(5s);
    CHECK(false);
  } catch (const osisession::error &error) {
    CHECK(error.status() == OSISESSION_E_PEER && error.info.reason == OSISESSION_SCP_REASON_BY_END_USER);
  }
  try {
    scp::link().interrupt("x");
    CHECK(false);
  } catch (const osisession::error &error) {
    CHECK(error.status() == OSISESSION_E_NULL_HANDLE);
  }
}
#endif

int main()
{
  RUN(a_call_with_everything);
  RUN(ends_with_reasons);
  RUN(one_thread_drives_a_node_that_calls_itself);
  RUN(what_is_moved_away_answers);
#if defined(__cpp_exceptions)
  RUN(failures_as_exceptions);
#endif
  return over();
}
