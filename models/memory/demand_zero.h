#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "models/base/error.h"

namespace leyden::memory {

/// An array of zeros whose host memory is taken page by page when first written: a model of 1 GiB
/// costs what a run touches. (std::vector would write, and so take, all of it.)
template <typename T>
class DemandZero {
 public:
  explicit DemandZero(std::uint64_t count)
      : data_(static_cast<T*>(std::calloc(count, sizeof(T)))), count_(count) {
    if (!data_ && count != 0) {
      throw base::UsageError("the host refuses " + std::to_string(count * sizeof(T)) +
                             " bytes for a memory; give the chip a smaller one");
    }
  }

  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  std::uint64_t size() const { return count_; }
  T& operator[](std::uint64_t index) { return data_.get()[index]; }
  const T& operator[](std::uint64_t index) const { return data_.get()[index]; }

 private:
  struct Free {
    void operator()(T* pointer) const { std::free(pointer); }
  };
  std::unique_ptr<T, Free> data_;
  std::uint64_t count_;
};

}  // namespace leyden::memory
