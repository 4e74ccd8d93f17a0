#include "platform/vectors/replay.h"

#include <algorithm>
#include <map>
#include <memory>

#include <systemc>

#include "models/base/error.h"
#include "platform/chip/chip_file.h"
#include "platform/chip/chip_parameters.h"
#include "platform/chip/log.h"
#include "platform/chip/usage.h"
#include "platform/cosim/rtl_blocks.h"
#include "platform/run/run.h"
#include "platform/vectors/folder.h"
#include "platform/vectors/job_files.h"
#include "platform/vectors/unit_replay.h"

namespace leyden::vectors {
namespace {

using base::UsageError;

/// What is played to one unit.
struct Part {
  Stream stream;
  std::vector<DrawChange> draws;
  std::vector<std::uint64_t>
      numbers;  ///< of the jobs as recorded, where those of the stream differ
};

struct Recording {
  chip::ChipDescription chip;
  base::Fidelity fidelity;
  std::uint32_t die;
  std::map<std::uint32_t, std::string> layers;
  std::vector<Part> parts;
};

Part read_stream(const Folder& folder, const ManifestNode& root) {
  const std::string unit = root.text("unit");
  if (!parse_unit(unit)) root.fail("unit is " + unit + ", which is no unit of a chip");
  Part part;
  part.stream = from_csv(folder.text("stream.csv"), unit, folder.path_of("stream.csv"));
  for (const ManifestNode& change : root.list("draws")) {
    part.draws.push_back(
        {change.number("job"), static_cast<std::uint32_t>(change.number("image", UINT32_MAX))});
  }
  return part;
}

/// Jobs, those of a unit one after the other.
std::vector<Part> read_jobs(const Folder& folder, const ManifestNode& root,
                            std::uint64_t period_ps) {
  std::map<std::string, Part> parts;
  std::map<std::string, std::uint64_t> ends;
  for (const ManifestNode& entry : root.list("jobs")) {
    const JobVectors job = read_job(folder, entry);
    Part& part = parts[job.unit];
    part.stream.unit = job.unit;
    const std::uint64_t number = part.numbers.size();
    JobStream stream = to_stream(job, period_ps, number, ends[job.unit]);
    ends[job.unit] = stream.end_ps;
    part.numbers.push_back(job.unit_job);
    part.draws.push_back({number, job.image});
    std::move(stream.events.begin(), stream.events.end(), std::back_inserter(part.stream.events));
  }
  std::vector<Part> list;
  for (auto& entry : parts) list.push_back(std::move(entry.second));
  return list;
}

/// A unit that the chip of the recording has.
void check_unit(const Recording& recording, const Part& part, const std::string& file) {
  const UnitName unit = parse_unit(part.stream.unit).value();
  const auto macros = recording.chip.parameters.integer("system.macros");
  if (unit.kind == "cim" && static_cast<double>(unit.number) >= static_cast<double>(macros)) {
    throw UsageError(file + ": the recording is of " + part.stream.unit + ", but its chip has " +
                     std::to_string(macros) + " macros.");
  }
}

Recording read_recording(const ReplayOptions& options) {
  const Folder folder(options.folder, !options.ignore_checksums);
  const ManifestNode root(folder.manifest(), folder.path_of(kManifest));
  Recording recording{chip::load_chip_text(folder.text("config.yaml"),
                                           folder.path_of("config.yaml"), chip::chip_scopes()),
                      run::parse_fidelity(root.text("fidelity")),
                      static_cast<std::uint32_t>(root.number("die", UINT32_MAX)),
                      {},
                      {}};
  const std::uint64_t period_ps = root.number("clock_period_ps", 1'000'000'000'000);
  const base::Clock clock(recording.chip.parameters.real("system.clock_mhz") * 1e6);
  if (clock.period().value() != period_ps) {
    root.fail("clock_period_ps is " + std::to_string(period_ps) +
              ", but the clock of config.yaml " + "has " + std::to_string(clock.period().value()));
  }
  for (const ManifestNode& layer : root.list("layers")) {
    recording.layers[static_cast<std::uint32_t>(layer.number("number", UINT32_MAX))] =
        layer.text("name");
  }
  const std::string kind = root.text("kind");
  if (kind == "stream") {
    recording.parts.push_back(read_stream(folder, root));
  } else if (kind == "job" || kind == "layer") {
    recording.parts = read_jobs(folder, root, period_ps);
  } else {
    root.fail("kind is " + kind + ", but stream, job or layer is right");
  }
  if (recording.parts.empty()) root.fail("the recording has no jobs: nothing can be replayed");
  for (const Part& part : recording.parts) check_unit(recording, part, folder.path_of(kManifest));
  return recording;
}

/// The parts of a chip that blocks share, and one unit after the other.
class Bench {
 public:
  Bench(const Recording& recording, const ReplayOptions& options)
      : recording_(recording),
        log_(options.quiet ? chip::Log::silent() : chip::Log::standard_error()),
        clock_(recording.chip.parameters.real("system.clock_mhz") * 1e6),
        waiting_(recording.parts.size()) {
    const bool exact = options.on == "tlm" && !options.fast;
    const ReplayTiming timing{options.fast, exact, options.timeout_cycles};
    for (std::size_t i = 0; i < recording.parts.size(); ++i) {
      const Part& part = recording.parts[i];
      // Draws are the unit's own.
      contexts_.push_back(std::make_unique<base::Context>(base::Context{recording.chip.parameters,
                                                                        ledger_,
                                                                        activity_,
                                                                        clock_,
                                                                        log_,
                                                                        recording.fidelity,
                                                                        {recording.die, 0}}));
      units_.push_back(std::make_unique<UnitReplay>(
          ("replay_" + part.stream.unit).c_str(), *contexts_.back(), part.stream, options.on,
          blocks_, timing, part.draws,
          [this, i](cosim::Difference difference) { tell(i, std::move(difference)); },
          [this] {
            if (--waiting_ == 0) sc_core::sc_stop();
          }));
    }
  }

  ReplayOutcome run() {
    try {
      sc_core::sc_start();
      for (const auto& unit : units_) {
        if (unit->error()) std::rethrow_exception(unit->error());
      }
    } catch (const sc_core::sc_report& report) {
      throw base::ModelError(report.get_msg());
    }
    log_.finish();
    ReplayOutcome outcome;
    outcome.difference = difference_;
    for (std::size_t i = 0; i < units_.size(); ++i) {
      outcome.accesses += units_[i]->accesses();
      outcome.responses += units_[i]->responses();
      if (!difference_) add_jobs(i, outcome.jobs);
    }
    return outcome;
  }

 private:
  void tell(std::size_t part, cosim::Difference difference) {
    if (difference_) return;
    if (difference.layer) {
      const auto name = recording_.layers.find(*difference.layer);
      if (name != recording_.layers.end()) difference.layer_name = name->second;
      if (*difference.layer >= chip::kBootLayer) difference.layer.reset();  // has a name alone
    }
    if (difference.job) difference.job = number_of(part, *difference.job);
    difference_ = std::move(difference);
  }

  std::uint64_t number_of(std::size_t part, std::uint64_t job) const {
    const std::vector<std::uint64_t>& numbers = recording_.parts[part].numbers;
    return job < numbers.size() ? numbers[job] : job;
  }

  void add_jobs(std::size_t part, std::vector<ReplayedJob>& jobs) const {
    const std::uint64_t period = clock_.period().value();
    const std::vector<JobCycles> recorded = job_cycles(units_[part]->stream(), period);
    const std::vector<JobCycles> found = job_cycles(units_[part]->found(), period);
    for (std::size_t i = 0; i < recorded.size(); ++i) {
      ReplayedJob job;
      job.unit = recording_.parts[part].stream.unit;
      job.job = number_of(part, i);
      job.layer = recorded[i].layer;
      if (job.layer) {
        const auto name = recording_.layers.find(*job.layer);
        if (name != recording_.layers.end()) job.layer_name = name->second;
      }
      job.recorded_cycles = recorded[i].cycles;
      job.found_cycles = found[i].cycles;
      jobs.push_back(job);
    }
  }

  const Recording& recording_;
  chip::Log log_;
  base::EnergyLedger ledger_;
  base::ActivityLog activity_;
  base::Clock clock_;
  cosim::RtlBlocks blocks_;
  std::vector<std::unique_ptr<base::Context>> contexts_;
  std::vector<std::unique_ptr<UnitReplay>> units_;
  std::size_t waiting_;
  std::optional<cosim::Difference> difference_;
};

}  // namespace

ReplayOutcome replay(const ReplayOptions& options) {
  const Recording recording = read_recording(options);
  // The kernel's notes ("simulation stopped by user") are no output of ours.
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  sc_core::sc_report_handler::set_actions(sc_core::SC_WARNING, sc_core::SC_DO_NOTHING);
  Bench bench(recording, options);
  return bench.run();
}

}  // namespace leyden::vectors
