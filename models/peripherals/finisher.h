#pragma once

#include <cstdint>
#include <functional>

#include "models/peripherals/register_peripheral.h"

namespace leyden::peripherals {

/// How firmware ended the run.
struct Finish {
  enum class Kind { kPass, kFail, kReset };
  Kind kind = Kind::kPass;
  std::uint32_t code = 0;  ///< of a failure, 16 bits
};

/// Test finisher, register-compatible with SiFive's test device. A value it does not know is
/// reported and ignored.
class Finisher : public RegisterPeripheral {
 public:
  using Callback = std::function<void(const Finish&)>;

  Finisher(sc_core::sc_module_name name, base::Context& context, Callback on_finish);

  void archive(base::Archive& a) { a(registers_); }

 private:
  void finish(std::uint32_t value);

  Callback on_finish_;
};

}  // namespace leyden::peripherals
