#pragma once

#include <omp.h>

namespace leyden::cim {

/// The macro's products set the calling thread to one OpenMP thread, as a worker wants it. Whoever
/// calls them inside another program keeps one of these, so that what else runs there (PyTorch, a
/// simulator) keeps its own number.
class KeepThreads {
 public:
  KeepThreads() : threads_(omp_get_max_threads()) {}
  ~KeepThreads() { omp_set_num_threads(threads_); }
  KeepThreads(const KeepThreads&) = delete;
  KeepThreads& operator=(const KeepThreads&) = delete;

 private:
  int threads_;
};

}  // namespace leyden::cim
