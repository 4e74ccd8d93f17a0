#include "platform/vectors/record.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "models/base/error.h"
#include "platform/chip/chip.h"
#include "platform/chip/chip_parameters.h"
#include "platform/chip/log.h"
#include "platform/chip/usage.h"
#include "platform/cosim/rtl_blocks.h"
#include "platform/run/data_set.h"
#include "platform/run/run.h"
#include "platform/vectors/folder.h"
#include "platform/vectors/job_files.h"
#include "platform/vectors/recorder.h"

namespace leyden::vectors {
namespace {

using base::UsageError;
using Json = nlohmann::ordered_json;

/// One image, whose layers' outputs are kept.
class OneImage : public chip::ImageService {
 public:
  OneImage(std::uint64_t index, std::vector<std::uint8_t> bytes)
      : input_(chip::ImageInput{static_cast<std::uint32_t>(index), std::move(bytes)}) {}

  std::optional<chip::ImageInput> next() override {
    std::optional<chip::ImageInput> given;
    std::swap(given, input_);
    return given;
  }
  bool wants_layers() const override { return true; }
  void layer(std::uint32_t number, const std::vector<std::uint8_t>& output) override {
    outputs[number] = output;
  }
  void done(std::uint32_t, std::uint32_t result) override { result_class = result; }

  std::map<std::uint32_t, std::vector<std::uint8_t>> outputs;
  std::uint32_t result_class = 0;

 private:
  std::optional<chip::ImageInput> input_;
};

std::string hint(const std::string& word, const std::vector<std::string>& words) {
  const std::string nearest = base::nearest_word(word, words);
  return nearest.empty() ? "" : "; did you mean '" + nearest + "'?";
}

/// Number of the layer that a person names.
std::uint32_t find_layer(const std::string& word, const compiler::QuantNetwork& network) {
  std::vector<std::string> names;
  for (const compiler::QuantLayer& layer : network.layers) names.push_back(layer.name);
  const auto named = std::find(names.begin(), names.end(), word);
  if (named != names.end()) return static_cast<std::uint32_t>(named - names.begin());
  std::uint32_t number = 0;
  const char* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, number);
  if (error == std::errc() && stop == end && number < names.size()) return number;
  throw UsageError("--layer is " + word + ", but a name or a number from 0 to " +
                   std::to_string(names.size() - 1) + " of the layers of " + network.name +
                   " is right" + hint(word, names));
}

void check_unit(const std::string& unit, const chip::Chip& chip) {
  if (unit.empty()) return;
  std::vector<std::string> names;
  for (unsigned n = 0; n < chip.dma_channels(); ++n) names.push_back("dma" + std::to_string(n));
  for (unsigned n = 0; n < chip.macros(); ++n) names.push_back("cim" + std::to_string(n));
  names.emplace_back("vector");
  if (std::find(names.begin(), names.end(), unit) != names.end()) return;
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  throw UsageError("--unit is " + unit + ", which has no stream; the chip has " + list +
                   hint(unit, names));
}

Json about(const RecordOptions& options, const chip::ChipDescription& chip,
           const compiler::QuantNetwork& network, const std::string& kind) {
  return {{"format", kFormatName},
          {"format_version", kFormatVersion},
          {"leyden_version", LEYDEN_VERSION},
          {"kind", kind},
          {"how_to_read", "docs/vectors.md"},
          {"chip", {{"name", chip.name}, {"configuration", "config.yaml"}}},
          {"network", network.name},
          {"data", options.data},
          {"firmware", options.firmware},
          {"image", options.image},
          {"fidelity", run::to_string(options.fidelity)},
          {"die", options.die},
          {"power_up_seed", chip.parameters.integer("system.power_up_seed")},
          {"clock_mhz", chip.parameters.real("system.clock_mhz")},
          {"units", {{"time", "ps"}, {"address", "bytes on the bus"}, {"cycle", "of the clock"}}}};
}

/// What firmware marks beside the network's layers.
std::string layer_name(std::uint32_t layer, const std::vector<std::string>& names) {
  if (layer < names.size()) return names[layer];
  switch (layer) {
    case chip::kBootLayer:
      return "boot";
    case chip::kInputLayer:
      return "input";
    case chip::kOutputLayer:
      return "output";
    case chip::kCalibrationLayer:
      return "calibration";
    default:
      return "control";
  }
}

/// Names of the layers that the recording tells of.
Json layers_of(const std::vector<std::optional<std::uint32_t>>& layers,
               const std::vector<std::string>& names) {
  Json list = Json::array();
  std::set<std::uint32_t> numbers;
  for (const auto& layer : layers) {
    if (layer && numbers.insert(*layer).second) {
      list.push_back({{"number", *layer}, {"name", layer_name(*layer, names)}});
    }
  }
  return list;
}

/// From which of the unit's jobs on draws are keyed by which image.
Json draws_of(const std::string& unit, const std::vector<JobVectors>& jobs) {
  Json list = Json::array();
  for (const JobVectors& job : jobs) {
    if (job.unit != unit) continue;
    if (list.empty() || list.back()["image"] != job.image) {
      list.push_back({{"job", job.unit_job}, {"image", job.image}});
    }
  }
  return list;
}

/// Input and output of a layer, dense NHWC codes.
void add_tensors(FolderWriter& folder, Json& manifest, const compiler::Plan& plan,
                 std::uint32_t number, const OneImage& service,
                 const std::vector<std::uint8_t>& image) {
  const compiler::QuantNetwork& network = plan.network;
  const compiler::QuantLayer& layer = network.layers[number];
  Json tensors = Json::array();
  const auto add = [&](const std::string& name, std::size_t tensor,
                       const std::vector<std::uint8_t>& codes) {
    ByteMap map;
    for (std::size_t i = 0; i < codes.size(); ++i) map[i] = codes[i];
    folder.bytes(name,
                 name + " of layer " + std::to_string(number) + ", " + layer.name +
                     ": codes, dense NHWC, byte 0 first",
                 map, 0);
    const compiler::Shape& shape = network.tensors[tensor].shape;
    tensors.push_back({{"file", name + ".hex"},
                       {"height", shape.height},
                       {"width", shape.width},
                       {"channels", shape.channels}});
  };
  for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
    const std::size_t tensor = layer.inputs[i];
    const std::string name = "layer_input" + (i == 0 ? "" : std::to_string(i));
    if (tensor == network.input) {
      add(name, tensor, image);
      continue;
    }
    for (std::uint32_t n = 0; n < network.layers.size(); ++n) {
      const auto output = service.outputs.find(n);
      if (network.layers[n].output != tensor || output == service.outputs.end()) continue;
      add(name, tensor, output->second);
      break;
    }
  }
  const auto output = service.outputs.find(number);
  if (output != service.outputs.end()) add("layer_output", layer.output, output->second);
  manifest["tensors"] = tensors;
}

std::string jobs_csv(const std::vector<const JobVectors*>& jobs) {
  std::string text = "job,unit,unit_job,layer,layer_name,tile,start_ps,start_cycle,cycles\n";
  for (const JobVectors* job : jobs) {
    text += std::to_string(job->number) + "," + job->unit + "," + std::to_string(job->unit_job) +
            "," + (job->layer ? std::to_string(*job->layer) : "") + "," + job->layer_name + "," +
            (job->is_cim() ? std::to_string(job->tile) : "") + "," + std::to_string(job->start_ps) +
            "," + std::to_string(job->start_cycle) + "," + std::to_string(job->cycles) + "\n";
  }
  return text;
}

std::string job_folder(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  return "job_" + std::string(digits.size() < 5 ? 5 - digits.size() : 0, '0') + digits + "/";
}

}  // namespace

RecordOutcome record(const RecordOptions& options, const run::Resources& resources) {
  // 1. Chip, network, image.
  const std::string chip_path = resources.chip(options.chip);
  const chip::ChipDescription description =
      chip::load_chip_file(chip_path, chip::chip_scopes(), options.set);
  chip::check_system(description.parameters);
  if (description.parameters.has("system.timing") &&
      description.parameters.choice("system.timing") != "loose") {
    throw UsageError("system.timing is " + description.parameters.choice("system.timing") +
                     ", which leyden vectors does not record; set it to loose");
  }
  if (run::calibrates(options.firmware) &&
      description.parameters.integer("cim.spare_columns") != 0) {
    throw UsageError(
        "--calibrate may put spare columns in the place of others, which leyden vectors does not "
        "record; leave it out or set cim.spare_columns to 0");
  }
  const std::string firmware = resources.firmware(options.firmware);
  const std::string network_path = resources.network(options.network);
  const run::DataSet data =
      run::load_data_set(options.data, run::DataPart::kTest, {options.image, 1});
  const compiler::CompileResult compiled = run::compile_network(
      network_path, description.parameters, options.data, options.calibration_images,
      options.quantise, options.input_codes, options.mapping);
  const compiler::QuantNetwork& network = compiled.plan.network;
  run::check_size(data, options.data, network.name, network.tensors[network.input].shape);
  std::optional<std::uint32_t> layer;
  if (!options.layer.empty()) layer = find_layer(options.layer, network);
  // 2. The run.
  chip::Log log(options.quiet ? chip::Log::silent() : chip::Log::standard_error());
  chip::ChipOptions chip_options;
  chip_options.fidelity = options.fidelity;
  chip_options.die = options.die;
  chip_options.quantum_ns = options.quantum_ns;
  chip_options.interpreter = options.interpreter;
  cosim::RtlBlocks blocks;
  chip_options.blocks = &blocks;
  chip::Chip chip(description, chip_options, log);
  check_unit(options.unit, chip);
  std::optional<FolderWriter> folder;  // before the run: nobody wants to be told after it
  if (!options.folder.empty()) folder.emplace(options.folder);
  chip.load_program(firmware);
  chip.load_image(compiled.image);
  const cim::MacroParameters macro = cim::read_macro_parameters(description.parameters);
  const auto wanted = [&](const JobVectors& job) {
    if (options.job) return job.number == *options.job;
    return layer.has_value() && job.layer == layer;
  };
  Recorder recorder(chip, &macro, options.unit, wanted);
  const std::vector<std::uint8_t> image(data.image(0), data.image(0) + data.image_bytes());
  OneImage service(options.image, image);
  const chip::RunEnd end = chip.serve(service, options.max_cycles);
  log.finish();
  if (end.status != base::ExitStatus::kGood) throw base::Error(end.status, end.sentence);
  // 3. The files.
  RecordOutcome outcome;
  outcome.jobs = recorder.jobs();
  outcome.events = recorder.stream().events.size();
  if (options.job && *options.job >= outcome.jobs.size()) {
    throw UsageError("--job is " + std::to_string(*options.job) + ", but the run has " +
                     std::to_string(outcome.jobs.size()) + " jobs, from 0 on; see them without " +
                     "--job.");
  }
  if (!folder) return outcome;
  const std::string kind = !options.unit.empty() ? "stream" : layer ? "layer" : "job";
  Json manifest = about(options, description, network, kind);
  manifest["clock_period_ps"] = recorder.period_ps();
  folder->text("config.yaml", "yaml", "the chip, as leyden run --chip takes it",
               chip::dump_chip_file(description));
  manifest["jobs"] = Json::array();
  std::vector<std::optional<std::uint32_t>> marked;
  if (kind == "stream") {
    manifest["unit"] = options.unit;
    for (const Event& event : recorder.stream().events) marked.push_back(event.layer);
    manifest["draws"] = draws_of(options.unit, outcome.jobs);
    folder->text("stream.csv", "csv", "all at the edge of " + options.unit + ", an event a line",
                 to_csv(recorder.stream()));
  } else {
    std::vector<const JobVectors*> jobs;
    for (const JobVectors& job : outcome.jobs) {
      if (!wanted(job)) continue;
      jobs.push_back(&job);
      marked.push_back(job.layer);
      manifest["jobs"].push_back(write_job(*folder, job, layer ? job_folder(job.number) : ""));
    }
    folder->text("jobs.csv", "csv", "the recorded jobs, a job a line", jobs_csv(jobs));
    if (layer) {
      manifest["layer"] = {{"number", *layer}, {"name", network.layers[*layer].name}};
      add_tensors(*folder, manifest, compiled.plan, *layer, service, image);
    }
  }
  manifest["layers"] = layers_of(marked, chip.layer_names());
  folder->finish(manifest);
  outcome.files = folder->file_count();
  outcome.bytes = folder->byte_count();
  return outcome;
}

}  // namespace leyden::vectors
