#include "models/peripherals/finisher.h"

#include <utility>

#include "registers/finisher.h"

namespace leyden::peripherals {
namespace {

namespace reg = registers::finisher;

constexpr std::uint32_t kPass = 0x5555, kFail = 0x3333, kReset = 0x7777;

}  // namespace

Finisher::Finisher(sc_core::sc_module_name name, base::Context& context, Callback on_finish)
    : RegisterPeripheral(name, context, reg::table(), reg::kBase),
      on_finish_(std::move(on_finish)) {
  registers_.on_write(reg::kFinish, [this](std::uint32_t value, unsigned) { finish(value); });
}

void Finisher::finish(std::uint32_t value) {
  Finish result;
  switch (value & 0xffff) {
    case kPass:
      result.kind = Finish::Kind::kPass;
      break;
    case kFail:
      result.kind = Finish::Kind::kFail;
      break;
    case kReset:
      result.kind = Finish::Kind::kReset;
      break;
    default:
      warn("FINISH takes 0x5555, 0x3333 | code << 16 or 0x7777; the write of " +
               std::to_string(value) + " is ignored",
           reg::kFinish);
      return;
  }
  result.code = result.kind == Finish::Kind::kFail ? value >> 16 : 0;
  if (on_finish_) on_finish_(result);
}

}  // namespace leyden::peripherals
