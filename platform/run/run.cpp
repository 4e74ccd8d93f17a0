#include "platform/run/run.h"

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>

#include "models/base/error.h"
#include "models/base/timing_mode.h"
#include "models/cim/column_error.h"
#include "platform/chip/area.h"
#include "platform/chip/chip_parameters.h"
#include "platform/compiler/occupancy.h"
#include "platform/compiler/reference.h"
#include "platform/run/die_requests.h"
#include "platform/run/end_signals.h"
#include "platform/run/fault_campaign.h"
#include "platform/run/network.h"
#include "platform/run/restored.h"
#include "platform/run/roofline_facts.h"
#include "platform/run/snapshot.h"
#include "platform/run/temporary_folder.h"
#include "platform/run/worker_pool.h"
#include "platform/run/worker_protocol.h"
#include "platform/trace/trace_window.h"

namespace leyden::run {
namespace {

using base::UsageError;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string images_of(const WorkerRequest& request, const RunOptions& options) {
  const std::string first = std::to_string(request.first);
  const std::string die = options.dies == 0 ? "" : " of die " + std::to_string(request.die);
  return request.count == 1
             ? "image " + first + die
             : "images " + first + " to " + std::to_string(request.first + request.count - 1) + die;
}

/// The layer that computes the network's output.
std::uint32_t last_layer(const compiler::QuantNetwork& network) {
  std::uint32_t last = 0;
  for (std::uint32_t i = 0; i < network.layers.size(); ++i) {
    if (network.layers[i].output == network.output) last = i;
  }
  return last;
}

/// Takes the messages of one die's workers and puts them together.
class Collector {
 public:
  /// @param die  its requests; workers are counted over all dies
  Collector(const RunOptions& options, const DataSet& data, const compiler::Plan& plan,
            DieRequests die, std::function<void()> progress)
      : options_(options),
        data_(data),
        plan_(plan),
        seed_(die.die),
        first_(die.first),
        requests_(std::move(die.requests)),
        progress_(std::move(progress)),
        classes_(options.images),
        outputs_(options.images),
        sums_(requests_.size()),
        errors_(requests_.size()) {
    if (options.check_reference) reference_.emplace(plan, options.fidelity);
  }

  /// Keeps the images as they came, with their layers, in order.
  void keep(std::vector<ImageResult>* images) {
    kept_ = images;
    images->resize(options_.images);
  }

  bool has(std::size_t worker) const {
    return worker >= first_ && worker - first_ < requests_.size();
  }

  void take(std::size_t any_worker, const std::string& line) {
    const std::size_t worker = any_worker - first_;
    WorkerMessage message = decode_message(line);
    if (message.image) take_image(*message.image);
    if (message.sums) sums_[worker] = std::move(message.sums);
    if (message.error) errors_[worker] = std::move(message.error);
  }

  /// Turns the first failure, in order of images, into an error that tells them.
  void check_errors() const {
    for (std::size_t i = 0; i < requests_.size(); ++i) {
      if (!errors_[i]) continue;
      // A wrong input file is wrong for all images.
      if (errors_[i]->status == base::ExitStatus::kUsage) throw UsageError(errors_[i]->sentence);
      std::string sentence = errors_[i]->sentence;
      if (!sentence.empty() && sentence.back() == '.') sentence.pop_back();
      throw base::Error(errors_[i]->status,
                        sentence + " (" + images_of(requests_[i], options_) + ").");
    }
  }

  /// The same for workers that ended without a word. @param ends of all dies
  void check_ends(const std::vector<WorkerEnd>& ends) const {
    for (std::size_t i = 0; i < requests_.size(); ++i) {
      const WorkerEnd& end = ends[first_ + i];
      if (end.exited && end.code == 0 && sums_[i]) continue;
      if (!end.exited && end.code == SIGTERM && any_other_failed(ends, first_ + i)) continue;
      throw base::ModelError(
          "The worker of " + images_of(requests_[i], options_) +
          (end.exited ? " ended with status " + std::to_string(end.code) + " and no result"
                      : " was ended by signal " + std::to_string(end.code)) +
          ".");
    }
  }

  /// Where the snapshot was taken. @throws base::UsageError when it never was
  std::string snapshot() const {
    const WorkerSums& sums = *sums_.front();
    if (!sums.snapshot_taken) {
      throw UsageError("The firmware never marked the end of " + options_.snapshot_at +
                       " with all units at rest, so the snapshot " + options_.snapshot +
                       " was not written; give another layer.");
    }
    return (sums.snapshot_as_wanted ? "at the end of " : "after units came to rest behind ") +
           options_.snapshot_at;
  }

  void merge(RunOutcome& outcome) const {
    std::set<std::string> warnings;
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      chip::LayerUsage usage = sums_[i]->usage;
      if (i != 0) {  // a worker's extra boot is not the chip's
        usage.erase(chip::kBootLayer);
        usage.erase(chip::kCalibrationLayer);
      }
      chip::add(outcome.facts.usage, usage);
      outcome.facts.image_period_ps += sums_[i]->image_period_ps;
      outcome.facts.image_latency_ps += sums_[i]->image_latency_ps;
      warnings.insert(sums_[i]->warnings.begin(), sums_[i]->warnings.end());
    }
    outcome.facts.events = sums_.front()->events;
    outcome.facts.replaced_columns = sums_.front()->replaced_columns;
    outcome.facts.warnings.insert(outcome.facts.warnings.end(), warnings.begin(), warnings.end());
    outcome.traced = sums_.front()->traced;
    outcome.facts.classifier = plan_.network.classes != 0;
    if (outcome.facts.classifier) {
      outcome.classes = classes_;
      outcome.facts.correct = correct();
    } else {
      outcome.outputs = outputs_;
    }
  }

  /// What a Monte-Carlo run tells of each die.
  report::DieFacts die_facts() const {
    report::DieFacts facts;
    facts.seed = seed_;
    facts.correct = correct();
    if (sums_.front()->linearity) facts.linearity = *sums_.front()->linearity;
    return facts;
  }

 private:
  std::uint64_t correct() const {
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < classes_.size(); ++i) count += classes_[i] == data_.labels[i];
    return count;
  }

  static bool any_other_failed(const std::vector<WorkerEnd>& ends, std::size_t self) {
    for (std::size_t i = 0; i < ends.size(); ++i) {
      const bool ended_here = !ends[i].exited && ends[i].code == SIGTERM;
      const bool good = ends[i].exited && ends[i].code == 0;
      if (i != self && !ended_here && !good) return true;
    }
    return false;
  }

  void take_image(const ImageResult& result) {
    const std::size_t place = result.image - options_.first_image;
    if (place >= classes_.size()) {
      throw base::ModelError("A worker told a result for image " + std::to_string(result.image) +
                             ", which it was not given.");
    }
    classes_[place] = result.result_class;
    const auto last = result.layer_outputs.find(last_layer(plan_.network));
    if (last != result.layer_outputs.end()) outputs_[place] = last->second;
    // Results from before a snapshot were compared then, and come without their layers.
    const bool earlier = !options_.restore.empty() && result.layer_outputs.empty();
    if (reference_ && !earlier) compare(result, place);
    if (kept_ != nullptr) (*kept_)[place] = result;
    progress_();
  }

  void compare(const ImageResult& result, std::size_t place) const {
    const compiler::Image image(data_.image(place), data_.image(place) + data_.image_bytes());
    const auto expected = reference_->run(image);
    for (std::size_t layer = 0; layer < expected.size(); ++layer) {
      const std::string where =
          "image " + std::to_string(result.image) + ", layer " + plan_.network.layers[layer].name;
      const auto found = result.layer_outputs.find(static_cast<std::uint32_t>(layer));
      if (found == result.layer_outputs.end() || found->second.size() != expected[layer].size()) {
        throw base::ModelError("The chip gave no output of the right size for " + where + ".");
      }
      const auto [chip, host] =
          std::mismatch(found->second.begin(), found->second.end(), expected[layer].begin());
      if (chip == found->second.end()) continue;
      throw base::ModelError("The chip differs from the host reference first at " + where +
                             ", element " + std::to_string(chip - found->second.begin()) + ": " +
                             std::to_string(*chip) + " on the chip, " + std::to_string(*host) +
                             " on the host.");
    }
  }

  const RunOptions& options_;
  const DataSet& data_;
  const compiler::Plan& plan_;
  const std::uint32_t seed_;
  const std::size_t first_;  ///< of its workers among those of all dies
  const std::vector<WorkerRequest> requests_;
  const std::function<void()> progress_;
  std::optional<compiler::Reference> reference_;
  std::vector<ImageResult>* kept_ = nullptr;
  std::vector<std::uint32_t> classes_;
  std::vector<std::vector<std::uint8_t>> outputs_;  ///< of each image, when layers are told
  std::vector<std::optional<WorkerSums>> sums_;
  std::vector<std::optional<WorkerError>> errors_;
};

/// The training images were checked when the network was compiled; the test images here.
void check_test_images(const DataSet& data, const std::string& folder,
                       const compiler::QuantNetwork& network) {
  const compiler::Shape& shape = network.tensors[network.input].shape;
  check_size(data, folder, network.name, shape);
  const std::size_t classes = network.classes;
  if (classes == 0) return;
  const auto beyond = std::find_if(data.labels.begin(), data.labels.end(),
                                   [&](std::uint8_t label) { return label >= classes; });
  if (beyond == data.labels.end()) return;
  throw UsageError("The test images of " + folder + " have the label " + std::to_string(*beyond) +
                   ", but network " + network.name + " has " + std::to_string(classes) +
                   " classes (the first is 0).");
}

report::ColumnNoise column_noise(const base::ParameterSet& parameters, std::uint32_t die) {
  const cim::ColumnError error =
      cim::column_error_lsb_rms(cim::read_macro_parameters(parameters), die, 1);
  return {error.total,   error.temporal, error.offset, error.gain,   error.mismatch,
          error.inl,     error.transfer, error.read,   error.on_off, error.stuck,
          error.columns, error.inputs,   error.wire};
}

/// What firmware/runtime/calibrate.c can measure; it refuses the same on the chip.
void check_calibration(const base::ParameterSet& parameters) {
  const cim::MacroParameters macro = cim::read_macro_parameters(parameters);
  if (!macro.post.digital() && macro.cells.bits == 1 && macro.convert.bits >= 3 &&
      macro.cells.representation == cim::Representation::kTwosComplement) {
    return;
  }
  throw UsageError(
      "--calibrate needs two's complement weights in cells of one bit, analog combining and a "
      "converter of 3 bits or more; this chip's macro has cim.cell.representation " +
      parameters.choice("cim.cell.representation") + ", cim.cell.bits " +
      std::to_string(macro.cells.bits) + ", cim.post.kind " + parameters.choice("cim.post.kind") +
      " and cim.converter.bits " + std::to_string(macro.convert.bits) + ".");
}

PlanFacts plan_facts(const compiler::CompileResult& compiled) {
  PlanFacts facts;
  for (const compiler::LayerPlan& layer : compiled.plan.layers) {
    for (const compiler::Tile& tile : layer.mapping.tiles) {
      facts.streamed_tiles += tile.resident ? 0 : 1;
    }
  }
  facts.image_bytes = compiled.image.size();
  facts.lmem_peak_bytes = compiled.plan.lmem_peak_bytes;
  return facts;
}

/// Of the first images.
std::vector<compiler::CodeHistogram> count_codes(const compiler::Plan& plan, const DataSet& data,
                                                 std::uint64_t images) {
  if (images == 0) return {};
  std::vector<compiler::Image> list;
  for (std::size_t i = 0; i < std::min<std::uint64_t>(images, data.size()); ++i) {
    list.emplace_back(data.image(i), data.image(i) + data.image_bytes());
  }
  return compiler::code_histograms(plan, list);
}

void fill_facts(report::RunFacts& facts, const RunOptions& options,
                const chip::ChipDescription& chip, const compiler::CompileResult& compiled) {
  facts.leyden_version = LEYDEN_VERSION;
  facts.chip = chip.name;
  facts.network = compiled.plan.network.name;
  facts.data = options.data;
  facts.fidelity = to_string(options.fidelity);
  facts.approximately_timed = base::approximately_timed(chip.parameters);
  facts.first_image = options.first_image;
  facts.images = options.images;
  facts.die_seed = options.die;
  facts.power_up_seed = static_cast<std::uint64_t>(chip.parameters.integer("system.power_up_seed"));
  facts.clock_mhz = chip.parameters.real("system.clock_mhz");
  facts.supply_v = chip.parameters.real("system.supply_v");
  facts.macros = static_cast<std::uint64_t>(chip.parameters.integer("system.macros"));
  facts.area = chip::chip_area(chip.parameters, cim::read_macro_parameters(chip.parameters));
  facts.layers = layer_facts(compiled.plan);
  facts.roofline = roofline_facts(compiled.plan, chip.parameters);
  facts.warnings = compiled.plan.notes;
  if (options.fidelity == base::Fidelity::kAnalog) {
    facts.column_noise = column_noise(chip.parameters, options.die);
  }
}

/// What has no meaning where each image runs on a chip of its own.
void check_faults(const RunOptions& options) {
  const auto refuse = [](const char* option) {
    throw UsageError(
        std::string(option) +
        " cannot be with faults, each of whose images runs on a chip of its own; leave "
        "it out, or take the faults out of the chip file.");
  };
  if (options.dies != 0) refuse("--dies");
  if (!options.snapshot.empty()) refuse("--snapshot");
  if (!options.restore.empty()) refuse("--restore");
  if (options.gdb_port) refuse("--gdb");
}

void check_trace(const trace::Options& trace, const WorkerRequest& first) {
  trace::TraceWindow::parse(trace.window).check_images(first.first, first.count);
}

}  // namespace

base::Fidelity parse_fidelity(const std::string& word) {
  if (word == "ideal") return base::Fidelity::kIdeal;
  if (word == "quantised") return base::Fidelity::kQuantised;
  if (word == "analog") return base::Fidelity::kAnalog;
  throw UsageError("The fidelity " + word + " is none of ideal, quantised, analog.");
}

std::string to_string(base::Fidelity fidelity) {
  switch (fidelity) {
    case base::Fidelity::kIdeal:
      return "ideal";
    case base::Fidelity::kQuantised:
      return "quantised";
    case base::Fidelity::kAnalog:
      break;
  }
  return "analog";
}

RunOutcome run(const RunOptions& asked, const Resources& resources, const Progress& progress) {
  const Restored restored(asked);
  const RunOptions& options = restored.options();
  // 1. Everything that can be wrong with the inputs is told before anything runs.
  if (options.check_reference && options.fidelity == base::Fidelity::kAnalog) {
    throw UsageError(
        "--check-reference needs --fidelity ideal or quantised: analog has no exact reference.");
  }
  if (!options.snapshot.empty()) check_snapshot_path(options.snapshot);
  std::string chip_path;
  const chip::ChipDescription chip = restored.chip(resources, chip_path);
  chip::check_system(chip.parameters);
  if (calibrates(options.firmware)) check_calibration(chip.parameters);
  const std::optional<FaultPlan> faults = plan_faults(chip.parameters, options.faults);
  if (faults) check_faults(options);
  WorkerRequest whole;
  whole.firmware = resources.firmware(options.firmware);
  const std::string network = resources.network(options.network);
  const DataSet data =
      load_data_set(options.data, DataPart::kTest, {options.first_image, options.images});
  // 2. Compile.
  const Clock::time_point start = Clock::now();
  const compiler::CompileResult compiled =
      compile_network(network, chip.parameters, options.data, options.calibration_images,
                      options.quantise, options.input_codes, options.mapping);
  check_test_images(data, options.data, compiled.plan.network);
  if (options.dies != 0 && compiled.plan.network.classes == 0) {
    throw UsageError("--dies tells the accuracy of each die, but network " +
                     compiled.plan.network.name + " is no classifier and has none.");
  }
  RunOutcome outcome;
  outcome.config = chip::dump_chip_file(chip);
  outcome.picture = compiler::occupancy_picture(compiled.plan);
  outcome.code_histograms = count_codes(compiled.plan, data, options.histogram_images);
  outcome.compile_seconds = seconds_since(start);
  fill_facts(outcome.facts, options, chip, compiled);
  outcome.plan = plan_facts(compiled);
  outcome.facts.data = restored.data_name();
  outcome.reference_checked = options.check_reference;
  const RunSnapshot about =
      restored.about(outcome.config, chip_path, compiled.image, data, whole.firmware);
  restored.check(about);
  // 3. Run the workers.
  const EndSignals signals;  // before the folder, which must be gone when one ends the program
  const TemporaryFolder folder;
  whole.chip_text = outcome.config;
  whole.chip_origin = chip_path;
  whole.image_file = folder.write("network.image", compiled.image.data(), compiled.image.size());
  whole.inputs_file = folder.write("inputs.bin", data.pixels.data(), data.pixels.size());
  whole.input_bytes = data.image_bytes();
  whole.inputs_first = whole.first = options.first_image;
  whole.count = options.images;
  whole.fidelity = options.fidelity;
  whole.die = options.die;
  whole.quantum_ns = options.quantum_ns;
  whole.interpreter = options.interpreter;
  whole.max_cycles_per_image = options.max_cycles_per_image;
  whole.dump_layers = options.check_reference || compiled.plan.network.classes == 0 || faults;
  whole.quiet = options.quiet;
  whole.gdb_port = options.gdb_port;
  whole.gdb_wait = options.gdb_wait;
  whole.trace = options.trace;
  whole.restore_file = options.restore;
  if (!options.snapshot.empty()) ask_for_snapshot(whole, options, about, compiled.plan);
  const std::uint64_t all_images = options.images * std::max(1u, options.dies) * (faults ? 2 : 1);
  std::uint64_t images_done = 0;
  const auto count_image = [&] {
    if (progress) progress(++images_done, all_images);
  };
  std::vector<DieRequests> dies = split_dies(whole, std::max(1u, options.dies), options.jobs);
  check_trace(options.trace, dies.front().requests.front());
  std::vector<WorkerTask> tasks;
  std::vector<Collector> collectors;
  for (DieRequests& die : dies) {
    die.requests.front().measure_linearity = options.dies != 0;
    for (const WorkerRequest& request : die.requests)
      tasks.push_back({{"worker"}, encode(request)});
    collectors.emplace_back(options, data, compiled.plan, std::move(die), count_image);
  }
  FaultFree free;
  if (faults) collectors.front().keep(&free.images);
  const Clock::time_point run_start = Clock::now();
  std::optional<Clock::time_point> deadline;
  if (options.max_seconds > 0) {
    deadline = start + std::chrono::duration_cast<Clock::duration>(
                           std::chrono::duration<double>(options.max_seconds));
  }
  const std::vector<WorkerEnd> ends = run_workers(
      executable_path(), tasks,
      [&](std::size_t worker, const std::string& line) {
        const auto of = std::find_if(collectors.begin(), collectors.end(),
                                     [&](const Collector& one) { return one.has(worker); });
        of->take(worker, line);
      },
      deadline, options.jobs);
  for (const Collector& collector : collectors) collector.check_errors();
  for (const Collector& collector : collectors) collector.check_ends(ends);
  collectors.front().merge(outcome);
  if (options.dies != 0) {
    report::DiesFacts& facts = outcome.facts.dies.emplace();
    facts.calibrated = outcome.facts.usage.count(chip::kCalibrationLayer) != 0;
    facts.accuracy_limit_percent = options.accuracy_limit_percent;
    for (const Collector& collector : collectors) facts.dies.push_back(collector.die_facts());
  }
  if (faults) {
    free.labels.assign(data.labels.begin(), data.labels.end());
    for (const auto& layer : compiled.plan.network.layers) free.layers.push_back(layer.name);
    free.last_layer = last_layer(compiled.plan.network);
    free.classifier = compiled.plan.network.classes != 0;
    outcome.facts.faults =
        run_faults(whole, *faults, chip.parameters, free, options.jobs, deadline, count_image);
  }
  if (!options.snapshot.empty()) outcome.snapshot = collectors.front().snapshot();
  outcome.run_seconds = seconds_since(run_start);
  return outcome;
}

}  // namespace leyden::run
