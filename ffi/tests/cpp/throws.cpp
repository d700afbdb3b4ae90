// A C++ exception that leaves a callback of the C interface: the process ends, at the boundary and not somewhere behind it.
#include <osisession_rpc.hpp>

#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <thread>

static void on_event(osisession_session *, const osisession_event *, void *)
{
  throw std::runtime_error("out of on_event");
}

static void on_release(void *)
{
  throw std::runtime_error("out of on_release");
}

static void on_line(const osisession_log_line *, void *)
{
  throw std::runtime_error("out of on_line");
}

static void on_lent(const void *, std::size_t, void *)
{
  throw std::runtime_error("out of on_lent");
}

static void on_outcome(const osisession_rpc_outcome *, void *)
{
  throw std::runtime_error("out of on_outcome");
}

static void on_request(osisession_rpc_incoming *, void *)
{
  throw std::runtime_error("out of on_request");
}

// Requests and responses: driven here, where the library has threads of its own, and through the C++ header in a background thread.
static int requests(const std::string &which)
{
  try {
    osisession::endpoint endpoint;
    auto config = osisession::make<osisession_rpc_server_config>();
    if (which != "on_request_in_a_thread") config.flags = OSISESSION_RPC_NO_THREADS;
    osisession::rpc::server server(endpoint, "127.0.0.1:0", &config);
    osisession::rpc::client client(endpoint, server.local_address());
    if (which == "outcome_in_the_background") {
      server.serve([](osisession::rpc::request asked) { asked.respond(); });
      client.start("x", [](const osisession_rpc_outcome &) { throw std::runtime_error("out of a function"); });
      endpoint.start();
    } else {
      auto params = osisession::make<osisession_rpc_params>();
      if (which == "on_outcome") {
        params.on_outcome = on_outcome;
        server.serve([](osisession::rpc::request asked) { asked.respond(); });
      } else {
        osisession_rpc_server_serve(server.get(), on_request, nullptr, nullptr);
      }
      osisession_rpc_start(client.get(), "x", 1, &params, nullptr, nullptr);
    }
    for (int turn = 0; turn < 200; turn++) {
      osisession_endpoint_dispatch(endpoint.get(), 10, nullptr, nullptr);
      std::this_thread::sleep_for(osisession::milliseconds(1));
    }
  } catch (const std::exception &) {
    return 3; // it passed through the library
  }
  return 4; // nobody was called, or it was swallowed
}

int main(int, char **arguments)
{
  const char *which = arguments[1];
  for (const char *name : {"on_outcome", "on_request", "on_request_in_a_thread", "outcome_in_the_background"})
    if (std::strcmp(which, name) == 0) return requests(which);
  osisession_endpoint *endpoint = nullptr;
  osisession_listener *listener = nullptr;
  osisession_session *session = nullptr, *called = nullptr;
  osisession_callbacks callbacks;
  OSISESSION_INIT(&callbacks);
  if (std::strcmp(which, "on_line") == 0) osisession_set_log(on_line, OSISESSION_LOG_TRACE, nullptr, nullptr);
  try {
    osisession_endpoint_new(&endpoint, nullptr);
    osisession_listen(endpoint, "memory:throws", nullptr, &listener, nullptr);
    osisession_connect(endpoint, "memory:throws", nullptr, nullptr, &session, nullptr);
    osisession_listener_accept(listener, 10000, &called, nullptr);
    osisession_connect_response(called, nullptr, nullptr);
    osisession_session_wait_connected(session, 10000, nullptr, nullptr);
    if (std::strcmp(which, "on_event") == 0) callbacks.on_event = on_event;
    if (std::strcmp(which, "on_release") == 0) callbacks.on_release = on_release;
    if (callbacks.on_release != nullptr)
      callbacks.on_event = [](osisession_session *, const osisession_event *, void *) {};
    if (callbacks.on_event != nullptr) osisession_session_set_callbacks(session, &callbacks, nullptr);
    if (std::strcmp(which, "on_lent") == 0) osisession_data_request_lent(session, "x", 1, on_lent, nullptr, nullptr);
    osisession_u_abort_request(called, "x", 1, nullptr);
    for (int turn = 0; turn < 10; turn++) osisession_endpoint_dispatch(endpoint, 10, nullptr, nullptr);
    osisession_session_free(session);
    osisession_session_free(called);
    osisession_endpoint_free(endpoint);
  } catch (const std::exception &) {
    return 3; // it passed through the library
  }
  return 4; // nobody was called, or it was swallowed
}
