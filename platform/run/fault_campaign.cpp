#include "platform/run/fault_campaign.h"

#include <cmath>

#include "models/base/error.h"
#include "platform/chip/faults/fault_list.h"
#include "platform/chip/faults/fault_parameters.h"
#include "platform/run/resources.h"
#include "platform/run/worker_pool.h"

namespace leyden::run {
namespace {

using report::FaultOutcome;

constexpr std::size_t kMostListed = 200;  ///< faults, and images that went wrong

const std::vector<std::uint8_t>* output_of(const ImageResult& result, std::uint32_t layer) {
  const auto found = result.layer_outputs.find(layer);
  return found == result.layer_outputs.end() ? nullptr : &found->second;
}

/// The first layer whose output differs; none: all are equal.
std::optional<std::uint32_t> first_difference(const ImageResult& expected,
                                              const ImageResult& result) {
  for (const auto& [layer, bytes] : expected.layer_outputs) {
    const std::vector<std::uint8_t>* found = output_of(result, layer);
    if (found == nullptr || *found != bytes) return layer;
  }
  return std::nullopt;
}

/// Puts the images together, in their order.
class Trials {
 public:
  Trials(const FaultFree& free, std::uint32_t seed) : free_(free) {
    facts_.seed = seed;
    facts_.images = free.images.size();
    results_.resize(free.images.size());
    trials_.resize(free.images.size());
  }

  void take(std::size_t place, WorkerMessage message) {
    if (message.image) results_[place] = std::move(message.image);
    if (message.trial) trials_[place] = std::move(message.trial);
    if (message.error && !error_) error_ = std::move(message.error);
  }

  report::FaultFacts facts(const std::vector<WorkerEnd>& ends) {
    if (error_) throw base::Error(error_->status, error_->sentence);
    for (std::size_t i = 0; i < trials_.size(); ++i) {
      if (trials_[i]) {
        add(i);
        continue;
      }
      throw base::ModelError("The worker of image " + std::to_string(free_.images[i].image) +
                             " with faults was ended by " +
                             (ends[i].exited ? "status " : "signal ") +
                             std::to_string(ends[i].code) + ".");
    }
    return facts_;
  }

 private:
  void add(std::size_t i) {
    const ImageResult& expected = free_.images[i];
    const FaultTrial& trial = *trials_[i];
    const FaultOutcome outcome = classify(expected, results_[i], trial, free_.last_layer);
    ++facts_.outcomes[static_cast<std::size_t>(outcome)];
    for (std::size_t target = 0; target < chip::kFaultTargets; ++target) {
      facts_.injected[target] += trial.log.counts[target];
    }
    facts_.without_fault += trial.log.count() == 0 ? 1 : 0;
    for (const chip::InjectedFault& fault : trial.log.listed) {
      if (facts_.listed.size() < kMostListed) facts_.listed.push_back({expected.image, fault});
    }
    if (outcome == FaultOutcome::kMasked || outcome == FaultOutcome::kSilent) add_result(i);
    if (outcome != FaultOutcome::kMasked && facts_.faulted.size() < kMostListed) {
      facts_.faulted.push_back({expected.image, outcome, told(i, outcome)});
    }
  }

  /// An image that nothing told an error of.
  void add_result(std::size_t i) {
    if (trials_[i]->status == base::ExitStatus::kModel) {
      ++facts_.undefined;
      return;
    }
    const ImageResult& result = *results_[i];
    ++facts_.finished;
    facts_.latency_ps += result.latency_ps;
    facts_.correct += result.result_class == free_.labels[i] ? 1 : 0;
    facts_.wrong_class += result.result_class != free_.images[i].result_class ? 1 : 0;
  }

  std::string told(std::size_t i, FaultOutcome outcome) {
    if (outcome != FaultOutcome::kSilent || trials_[i]->status == base::ExitStatus::kModel) {
      return trials_[i]->sentence;
    }
    const ImageResult& expected = free_.images[i];
    const ImageResult& result = *results_[i];
    const auto layer = first_difference(expected, result);
    const std::string name = layer ? free_.layers[*layer] : "output";
    ++facts_.first_layers[name];
    return "differs first in " + name +
           (free_.classifier ? ", class " + std::to_string(result.result_class) + " instead of " +
                                   std::to_string(expected.result_class)
                             : "");
  }

  const FaultFree& free_;
  report::FaultFacts facts_;
  std::vector<std::optional<ImageResult>> results_;
  std::vector<std::optional<FaultTrial>> trials_;
  std::optional<WorkerError> error_;
};

}  // namespace

std::optional<FaultPlan> plan_faults(const base::ParameterSet& parameters,
                                     const std::string& path) {
  FaultPlan plan;
  if (!path.empty()) {
    plan = {chip::read_fault_file(path), path};
    chip::read_fault_list(plan.list, path);
  } else if (!chip::read_fault_rates(parameters).any()) {
    return std::nullopt;
  }
  return plan;
}

FaultOutcome classify(const ImageResult& expected, const std::optional<ImageResult>& result,
                      const FaultTrial& trial, std::uint32_t last_layer) {
  switch (trial.status) {
    case base::ExitStatus::kLimit:
      return FaultOutcome::kHang;
    case base::ExitStatus::kFirmware:
      return trial.asleep ? FaultOutcome::kHang : FaultOutcome::kDetected;
    case base::ExitStatus::kModel:  // nothing on the chip told of it
      return FaultOutcome::kSilent;
    default:
      break;
  }
  if (!result) return FaultOutcome::kHang;
  const std::vector<std::uint8_t>* output = output_of(*result, last_layer);
  const std::vector<std::uint8_t>* wanted = output_of(expected, last_layer);
  const bool equal = output != nullptr && wanted != nullptr && *output == *wanted;
  return equal && result->result_class == expected.result_class ? FaultOutcome::kMasked
                                                                : FaultOutcome::kSilent;
}

report::FaultFacts run_faults(const WorkerRequest& whole, const FaultPlan& plan,
                              const base::ParameterSet& parameters, const FaultFree& free,
                              unsigned jobs,
                              std::optional<std::chrono::steady_clock::time_point> deadline,
                              const std::function<void()>& done) {
  const chip::FaultRates rates = chip::read_fault_rates(parameters);
  const double cycles_per_ps = parameters.real("system.clock_mhz") * 1e-6;
  std::vector<WorkerTask> tasks;
  for (const ImageResult& image : free.images) {
    WorkerRequest request = whole;
    request.first = image.image;
    request.count = 1;
    request.trace = {};
    request.dump_layers = true;
    request.quiet = true;
    const double cycles = static_cast<double>(image.latency_ps) * cycles_per_ps;
    FaultWork& faults = request.faults.emplace();
    faults.list = plan.list;
    faults.origin = plan.origin;
    faults.image_cycles = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(cycles));
    faults.limit_cycles = static_cast<std::uint64_t>(std::ceil(cycles * rates.hang_factor)) + 1;
    tasks.push_back({{"worker"}, encode(request)});
  }
  Trials trials(free, rates.seed);
  const std::vector<WorkerEnd> ends = run_workers(
      executable_path(), tasks,
      [&](std::size_t worker, const std::string& line) {
        WorkerMessage message = decode_message(line);
        if (message.trial) done();
        trials.take(worker, std::move(message));
      },
      deadline, jobs);
  return trials.facts(ends);
}

}  // namespace leyden::run
