#pragma once

#include "models/cpu/timing.h"

namespace leyden::test {

/// Primes and their like, so that a sum tells its parts.
inline cpu::Timing primes() {
  cpu::Timing timing;
  //             alu load store branch jump multiply divide csr atomic system
  timing.base = {1, 7, 11, 13, 17, 19, 40, 23, 29, 31};
  timing.load_use = 100;
  timing.taken_branch = 1000;
  timing.fetch_wait = 10000;
  timing.trap = 100000;
  return timing;
}

}  // namespace leyden::test
