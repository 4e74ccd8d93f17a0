#include "platform/run/die_requests.h"

#include <gtest/gtest.h>

#include <set>

namespace leyden::run {
namespace {

// Whatever the workers: every die has every image once, and is measured once.
TEST(DieRequests, CoverEveryImageOfEveryDieOnce) {
  for (const std::uint32_t dies : {1u, 3u, 8u}) {
    for (const unsigned jobs : {1u, 2u, 5u, 64u, 1024u}) {
      for (const std::uint64_t count : {1u, 7u, 100u}) {
        WorkerRequest whole;
        whole.first = 30;
        whole.count = count;
        whole.die = 11;
        whole.trace.profile = "file";
        std::size_t place = 0;
        unsigned traced = 0;
        const auto all = split_dies(whole, dies, jobs);
        ASSERT_EQ(all.size(), dies);
        for (const DieRequests& die : all) {
          EXPECT_EQ(die.first, place);
          place += die.requests.size();
          std::uint64_t next = 30;
          unsigned measured = 0;
          for (const WorkerRequest& request : die.requests) {
            EXPECT_EQ(request.first, next);
            EXPECT_GT(request.count, 0u);
            EXPECT_EQ(request.die, die.die);
            next += request.count;
            measured += request.measure_linearity ? 1 : 0;
            traced += request.trace.profile.empty() ? 0 : 1;
          }
          EXPECT_EQ(next, 30 + count);
          EXPECT_EQ(measured, 1u);
          EXPECT_EQ(die.die, 11 + (&die - all.data()));
        }
        EXPECT_EQ(traced, 1u);
        // Enough pieces to keep all workers busy, where there are that many images.
        EXPECT_GE(place, std::min<std::uint64_t>(jobs, dies * count));
      }
    }
  }
}

}  // namespace
}  // namespace leyden::run
