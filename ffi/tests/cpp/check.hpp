// What the C++ tests have in common: a check that says where, a result in the manner of TAP.
#ifndef CHECK_HPP
#define CHECK_HPP

#include <atomic>
#include <chrono>
#include <cstdio>

using namespace std::chrono_literals;

static std::atomic<int> failed{0};
static int tests = 0;

#define CHECK(condition) \
  do { \
    if (!(condition)) { \
      ++failed; \
      std::printf("# %s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
    } \
  } while (0)

#define RUN(test) \
  do { \
    const int before = failed; \
    test(); \
    std::printf("%s %d - %s\n", failed == before ? "ok" : "not ok", ++tests, #test); \
    std::fflush(stdout); \
  } while (0)

static int over()
{
  std::printf("1..%d\n", tests);
  return failed == 0 ? 0 : 1;
}

#endif
