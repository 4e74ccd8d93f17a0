#include "platform/cli/exec_snapshots.h"

#include <charconv>
#include <cstdio>

#include "platform/chip/chip_parameters.h"
#include "platform/run/restored.h"
#include "platform/run/run.h"

namespace leyden::cli {
namespace {

using base::UsageError;

std::uint32_t parse_layer(const std::string& word) {
  std::uint32_t layer = 0;
  const bool hexadecimal = word.rfind("0x", 0) == 0;
  const char* first = word.data() + (hexadecimal ? 2 : 0);
  const char* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(first, end, layer, hexadecimal ? 16 : 10);
  if (error == std::errc() && stop == end && first != end) return layer;
  throw UsageError("--snapshot-at is " + word +
                   ", but the number of a layer is right, as the program gives it to PERF.");
}

}  // namespace

ExecSnapshots::ExecSnapshots(const Arguments& asked, const run::Resources& resources)
    : arguments_(asked), resources_(resources) {
  if (!asked.snapshot.empty()) {
    parse_layer(asked.snapshot_at);
    run::check_snapshot_path(asked.snapshot);
  }
  if (asked.restore.empty()) return;
  archive_.emplace(run::open_snapshot(asked.restore));
  run::archive_about(*archive_, "exec", stored_);
  const std::string fidelity = run::to_string(stored_.fidelity);
  if (asked.given.count("--fidelity") != 0 && asked.fidelity != fidelity) {
    run::refuse_option(asked.restore, "--fidelity", asked.fidelity, fidelity);
  }
  if (asked.given.count("--die") != 0 && asked.die != stored_.die) {
    run::refuse_option(asked.restore, "--die", std::to_string(asked.die),
                       std::to_string(stored_.die));
  }
  arguments_.fidelity = fidelity;
  arguments_.die = stored_.die;
  if (asked.program.empty()) arguments_.program = stored_.program;
}

chip::ChipDescription ExecSnapshots::chip() const {
  if (!archive_) {
    return chip::load_chip_file(resources_.chip(arguments_.chip), chip::chip_scopes(),
                                arguments_.set);
  }
  return run::restored_chip(stored_.chip_text, stored_.chip_origin, arguments_.chip, arguments_.set,
                            arguments_.restore, resources_);
}

void ExecSnapshots::prepare(chip::Chip& chip, const chip::ChipDescription& description,
                            const std::string& program) {
  run::ExecSnapshot about;
  about.chip_text = chip::dump_chip_file(description);
  about.chip_origin = archive_ ? stored_.chip_origin : resources_.chip(arguments_.chip);
  about.program = run::lasting(arguments_.program);
  about.program_file = run::fingerprint_of_file(program);
  about.fidelity = run::parse_fidelity(arguments_.fidelity);
  about.die = arguments_.die;
  if (archive_) {
    run::require_same(about.program_file, stored_.program_file,
                      "The program " + program + " is not what it was", arguments_.restore);
    chip.archive(*archive_);
    archive_->finish();
  }
  if (arguments_.snapshot.empty()) return;
  chip::SnapshotPoint point;
  point.layer = parse_layer(arguments_.snapshot_at);
  chip.at_layer_end(point, [this, about, &chip](const chip::SnapshotPlace& place) mutable {
    base::Archive archive;
    run::archive_about(archive, "exec", about);
    chip.archive(archive);
    run::write_snapshot(arguments_.snapshot, archive);
    if (arguments_.quiet || place.as_wanted) return;
    std::fprintf(
        stderr,
        "leyden exec: units were at work when layer %s ended; the snapshot was taken where "
        "layer %u %s\n",
        arguments_.snapshot_at.c_str(), place.layer, place.end ? "ended" : "began");
  });
}

void ExecSnapshots::check_taken(const chip::Chip& chip) const {
  if (arguments_.snapshot.empty() || chip.snapshot_taken()) return;
  throw UsageError("The program never marked the end of layer " + arguments_.snapshot_at +
                   " with all units at rest, so the snapshot " + arguments_.snapshot +
                   " was not written; give a layer that it marks.");
}

}  // namespace leyden::cli
