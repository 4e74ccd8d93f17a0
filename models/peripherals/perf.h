#pragma once

#include <cstdint>

#include "models/peripherals/register_peripheral.h"

namespace leyden::peripherals {

/// Told when firmware marks a layer: the place to take snapshots of counters.
class LayerObserver {
 public:
  virtual ~LayerObserver() = default;
  /// @param cycle chip cycle of the mark
  virtual void on_begin(std::uint32_t layer, std::uint64_t cycle) = 0;
  virtual void on_end(std::uint32_t layer, std::uint64_t cycle) = 0;
};

/// Layer markers and the cycle counter. One layer at a time: a begin within a layer, and an end of
/// one that is not under way, are reported and ignored.
class Perf : public RegisterPeripheral {
 public:
  static constexpr std::uint32_t kNoLayer = 0xffffffff;

  /// @param observer may be nullptr
  Perf(sc_core::sc_module_name name, base::Context& context, LayerObserver* observer = nullptr);

  void set_observer(LayerObserver* observer) { observer_ = observer; }
  std::uint32_t layer() const;  ///< under way, or kNoLayer
  void archive(base::Archive& a) { a(registers_, began_); }

 private:
  std::uint64_t cycle() const { return context_.clock.cycles_at(access_time()); }
  void begin(std::uint32_t layer);
  void end(std::uint32_t layer);

  LayerObserver* observer_;
  std::uint64_t began_ = 0;  ///< cycle of the last begin
};

}  // namespace leyden::peripherals
