#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>

namespace leyden::trace {

/// A value for each address of an instruction, made when it is first asked for. Addresses near the
/// last one are found at once.
template <class Value>
class PcMap {
 public:
  Value& at(std::uint32_t pc) {
    const std::uint32_t number = pc / kPageBytes;
    if (number != last_number_ || last_ == nullptr) {
      std::unique_ptr<Page>& page = pages_[number];
      if (page == nullptr) page = std::make_unique<Page>();
      last_ = page.get();
      last_number_ = number;
    }
    return (*last_)[pc % kPageBytes / 2];
  }

  /// Calls `visit(pc, value)` for every address of every page that was touched, upwards.
  template <class Visit>
  void for_each(const Visit& visit) const {
    for (const auto& [number, page] : pages_) {
      for (std::uint32_t i = 0; i < kPageBytes / 2; ++i) {
        visit(number * kPageBytes + 2 * i, (*page)[i]);
      }
    }
  }

 private:
  static constexpr std::uint32_t kPageBytes = 1024;
  using Page = std::array<Value, kPageBytes / 2>;

  std::map<std::uint32_t, std::unique_ptr<Page>> pages_;
  Page* last_ = nullptr;
  std::uint32_t last_number_ = 0;
};

}  // namespace leyden::trace
