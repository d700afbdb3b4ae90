/*
 * Two users of the session service in one process, in C++: connect, send, release; then a failure.
 *
 *   c++ -std=c++17 hello.cpp -losisession && ./a.out
 */
#include <iostream>
#include <osisession.hpp>

using namespace std::chrono_literals;

static void print(const char *who, const osisession::event &event)
{
  std::cout << who << ": " << event.name() << " \"" << event.user_data() << "\"\n";
}

int main()
{
  osisession::endpoint endpoint;
  auto listener = endpoint.listen("127.0.0.1:0");
  auto params = osisession::make<osisession_connect_params>();
  params.user_data = osisession::octets("may I?");
  auto caller = endpoint.connect(listener.local_address(), &params);
  auto called = listener.accept(5s);
  print("called", called.next_event(5s));
  called.connect_response();
  print("caller", caller.wait_connected(5s));

  /* The called side answers from a handler. */
  bool over = false;
  called.on_event([&](osisession_session *from, const osisession_event &event) {
    if (event.type == OSISESSION_DATA_INDICATION)
      osisession_data_request(from, event.user_data.data, event.user_data.length, nullptr);
    if (event.type == OSISESSION_RELEASE_INDICATION) {
      osisession_release_response(from, nullptr, 0, nullptr);
      over = true;
    }
  });
  caller.data_request("hello");
  print("caller", caller.next_event(5s));
  caller.release_request();
  print("caller", caller.next_event(5s));
  if (!over) return 1;

  try {
    endpoint.connect("memory:nobody").wait_connected(5s);
  } catch (const osisession::error &error) {
    std::cout << error.what() << "\n";
    return error.status() == OSISESSION_E_TRANSPORT ? 0 : 1;
  }
  return 1;
}
