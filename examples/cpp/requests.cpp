/*
 * Requests and responses in C++. `requests serve ADDRESS` answers in capitals; `requests ADDRESS WORD...` asks, all at once, and prints
 * the answers.
 *
 *   c++ -std=c++17 requests.cpp -losisession && ./a.out serve 127.0.0.1:4000
 */
#include <cctype>
#include <iostream>
#include <osisession_rpc.hpp>

namespace rpc = osisession::rpc;
using namespace std::chrono_literals;

/* Called from several threads at once. */
static void answer(rpc::request asked)
{
  std::string text(asked.data());
  for (char &letter : text) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  std::error_code code;
  asked.respond(text, code);
  if (code) std::cerr << "respond: " << code.message() << "\n";
}

static void serve(osisession::endpoint &endpoint, const std::string &address)
{
  rpc::server server(endpoint, address);
  server.serve(answer);
  std::cout << server.local_address() << std::endl;
  for (;;) endpoint.dispatch();
}

static void ask(osisession::endpoint &endpoint, const std::string &address, const std::vector<std::string> &words)
{
  rpc::client client(endpoint, address);
  auto params = osisession::make<osisession_rpc_params>();
  params.timeout_ms = 10000;
  for (const auto &word : words) client.start(word, &params);
  std::vector<std::string> answers(words.size());
  for (std::size_t taken = 0; taken < words.size(); taken++) { /* They come in any order, numbered from 1. */
    const auto outcome = client.next_outcome();
    answers.at(outcome->id - 1) = outcome.response();
  }
  for (const auto &each : answers) std::cout << each << "\n";
  client.close(10s);
}

int main(int argc, char **argv)
{
  if (argc < 3) {
    std::cerr << "usage: requests serve ADDRESS | requests ADDRESS WORD...\n";
    return 2;
  }
  try {
    osisession::endpoint endpoint;
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments[0] == "serve") serve(endpoint, arguments[1]);
    ask(endpoint, arguments[0], {arguments.begin() + 1, arguments.end()});
    return 0;
  } catch (const osisession::error &error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
