#include <utility>

#include "models/base/archive_time.h"
#include "platform/chip/chip_parameters.h"
#include "platform/chip/chip_parts.h"

// Snapshots: the state of all parts, saved between two instructions while no unit works.
namespace leyden::chip {

bool Chip::Parts::can_be_saved() {
  if (vector_unit.busy() || lmem.claimed() || htif.waiting()) return false;
  if (dma->busy()) return false;
  for (const auto& cim : cims) {
    if (cim->busy()) return false;
  }
  if (own_block_busy()) return false;
  // Between the result and the next input the host waits for the chip to become quiet.
  return !host.serving() || host.image();
}

void Chip::Parts::on_mark(std::uint32_t layer, bool end) {
  if (!snapshot_point) return;
  const bool here = end && layer == snapshot_point->layer &&
                    (!snapshot_point->image || snapshot_point->image == host.image());
  if (!here && !snapshot_missed) return;
  if (!can_be_saved()) {
    snapshot_missed = true;
    return;
  }
  const SnapshotPlace place{host.image(), layer, end, !snapshot_missed};
  snapshot_point.reset();
  core.at_boundary([this, place] {
    try {
      on_snapshot(place);
    } catch (const base::Error& problem) {
      this->end({problem.status(), problem.what()});
    }
  });
}

void Chip::Parts::archive(base::Archive& a) {
  a.section("shared", [&] { a(clock, ledger, activity, leakage, clock_tree, recorder, log); });
  a.section("core", [&] { a(core); });
  a.section("bus", [&] { a(interconnect); });
  a.section("sram", [&] { a(sram); });
  a.section("off_chip", [&] { a(off_chip); });
  a.section("lmem", [&] { a(lmem); });
  a.section("dma", [&] { dma->archive(a); });
  a.section("vector", [&] { a(vector_unit); });
  for (std::size_t n = 0; n < cims.size(); ++n) {
    a.section("cim" + std::to_string(n), [&] { a(*cims[n]); });
  }
  a.section("peripherals", [&] { a(finisher, clint, plic, uart, sysctl, perf, mailbox); });
  archive_own_blocks(a);
  a.section("host", [&] {
    a(context.draws.image, host);
    a.below(point, operating_points(description.parameters).size());
    a(gates);
  });
}

void Chip::at_layer_end(const SnapshotPoint& point,
                        std::function<void(const SnapshotPlace&)> callback) {
  Parts& parts = *parts_;
  parts.snapshot_point = point;
  parts.on_snapshot = std::move(callback);
  parts.recorder.set_mark_hook(
      [&parts](std::uint32_t layer, bool end) { parts.on_mark(layer, end); });
}

bool Chip::snapshot_taken() const { return !parts_->snapshot_point; }

void Chip::archive(base::Archive& a) {
  Parts& parts = *parts_;
  sc_core::sc_time now = sc_core::sc_time_stamp();
  a.section("chip", [&] {
    a(now);
    a.same(static_cast<std::uint64_t>(parts.options.fidelity), "the fidelity");
    a.same(std::uint64_t{parts.options.die}, "the die");
    a.same(parts.cims.size(), "the number of macros");
    if (a.restoring()) {
      parts.core.hold();
      parts.host.hold();
      if (now > sc_core::sc_max_time() / 4) a.refuse("its time is too late");
      // Nothing happens until then: core and host are held, and no unit starts by itself.
      sc_core::sc_start(now, sc_core::SC_RUN_TO_TIME);
    }
    parts.archive(a);
  });
}

}  // namespace leyden::chip
