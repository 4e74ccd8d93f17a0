#include "platform/run/worker_protocol.h"

#include <nlohmann/json.hpp>

namespace leyden::run {
namespace {

using Json = nlohmann::json;

Json to_json(const chip::Usage& usage) {
  return {usage.windows, usage.cycles, usage.picoseconds, usage.causes, usage.busy, usage.counts};
}

chip::Usage usage_from(const Json& json) {
  chip::Usage usage;
  json.at(0).get_to(usage.windows);
  json.at(1).get_to(usage.cycles);
  json.at(2).get_to(usage.picoseconds);
  json.at(3).get_to(usage.causes);
  json.at(4).get_to(usage.busy);
  json.at(5).get_to(usage.counts);
  return usage;
}

Json to_json(const chip::EventTable& events) {
  Json kinds = Json::array();
  for (const base::EventKind& kind : events.kinds) {
    kinds.push_back({kind.name, static_cast<int>(kind.component), kind.energy_fj,
                     static_cast<int>(kind.source), kind.own_supply});
  }
  return {{"kinds", kinds}, {"scales", events.point_scales}};
}

chip::EventTable events_from(const Json& json) {
  chip::EventTable events;
  for (const Json& kind : json.at("kinds")) {
    events.kinds.push_back({kind.at(0), static_cast<base::Component>(kind.at(1).get<int>()),
                            kind.at(2), static_cast<base::Source>(kind.at(3).get<int>()),
                            kind.at(4)});
  }
  json.at("scales").get_to(events.point_scales);
  return events;
}

Json to_json(const report::DieLinearity& line) {
  return {line.columns,       line.inl_max_lsb,    line.inl_rms_lsb,      line.dnl_max_lsb,
          line.dnl_rms_lsb,   line.offset_rms_lsb, line.gain_rms_percent, line.error_max_lsb,
          line.error_rms_lsb, line.missing_codes};
}

report::DieLinearity linearity_from(const Json& json) {
  report::DieLinearity line;
  json.at(0).get_to(line.columns);
  json.at(1).get_to(line.inl_max_lsb);
  json.at(2).get_to(line.inl_rms_lsb);
  json.at(3).get_to(line.dnl_max_lsb);
  json.at(4).get_to(line.dnl_rms_lsb);
  json.at(5).get_to(line.offset_rms_lsb);
  json.at(6).get_to(line.gain_rms_percent);
  json.at(7).get_to(line.error_max_lsb);
  json.at(8).get_to(line.error_rms_lsb);
  json.at(9).get_to(line.missing_codes);
  return line;
}

Json to_json(const FaultWork& faults) {
  return {faults.list, faults.origin, faults.image_cycles, faults.limit_cycles};
}

FaultTrial trial_from(const Json& json) {
  FaultTrial trial;
  trial.sentence = json.at("trial").get<std::string>();
  trial.status = static_cast<base::ExitStatus>(json.at("status").get<int>());
  json.at("asleep").get_to(trial.asleep);
  json.at("counts").get_to(trial.log.counts);
  for (const Json& fault : json.at("listed")) {
    trial.log.listed.push_back({fault.at(0), static_cast<chip::FaultTarget>(fault.at(1).get<int>()),
                                fault.at(2), static_cast<chip::FaultFate>(fault.at(3).get<int>())});
  }
  return trial;
}

constexpr char kHexDigits[] = "0123456789abcdef";

std::string to_hex(const std::vector<std::uint8_t>& bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    text += kHexDigits[byte >> 4];
    text += kHexDigits[byte & 15];
  }
  return text;
}

std::vector<std::uint8_t> from_hex(const std::string& text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::vector<std::uint8_t> bytes(text.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(digit(text[2 * i]) * 16 + digit(text[2 * i + 1]));
  }
  return bytes;
}

template <typename Decode>
auto decoded(const std::string& text, Decode decode) {
  try {
    return decode(Json::parse(text));
  } catch (const Json::exception& error) {
    throw base::ModelError("A worker's message cannot be read: " + std::string(error.what()));
  }
}

}  // namespace

std::string encode(const WorkerRequest& request) {
  const Json json = {{"chip_text", request.chip_text},
                     {"chip_origin", request.chip_origin},
                     {"firmware", request.firmware},
                     {"image_file", request.image_file},
                     {"inputs_file", request.inputs_file},
                     {"input_bytes", request.input_bytes},
                     {"inputs_first", request.inputs_first},
                     {"first", request.first},
                     {"count", request.count},
                     {"fidelity", static_cast<int>(request.fidelity)},
                     {"die", request.die},
                     {"quantum_ns", request.quantum_ns},
                     {"interpreter", request.interpreter},
                     {"max_cycles_per_image", request.max_cycles_per_image},
                     {"dump_layers", request.dump_layers},
                     {"quiet", request.quiet},
                     {"gdb_port", request.gdb_port ? Json(*request.gdb_port) : Json()},
                     {"gdb_wait", request.gdb_wait},
                     {"profile", request.trace.profile},
                     {"coverage", request.trace.coverage},
                     {"timeline", request.trace.timeline},
                     {"trace", request.trace.units},
                     {"trace_window", request.trace.window},
                     {"wave", request.trace.wave},
                     {"wave_signals", request.trace.signals},
                     {"wave_layout", request.trace.layout},
                     {"functional_coverage", request.trace.functional},
                     {"about", request.trace.about},
                     {"snapshot_file", request.snapshot_file},
                     {"snapshot_image", request.snapshot_image},
                     {"snapshot_layer", request.snapshot_layer},
                     {"snapshot_about", to_hex(request.snapshot_about)},
                     {"measure_linearity", request.measure_linearity},
                     {"restore_file", request.restore_file},
                     {"faults", request.faults ? to_json(*request.faults) : Json()}};
  return json.dump();
}

WorkerRequest decode_request(const std::string& text) {
  return decoded(text, [](const Json& json) {
    WorkerRequest request;
    json.at("chip_text").get_to(request.chip_text);
    json.at("chip_origin").get_to(request.chip_origin);
    json.at("firmware").get_to(request.firmware);
    json.at("image_file").get_to(request.image_file);
    json.at("inputs_file").get_to(request.inputs_file);
    json.at("input_bytes").get_to(request.input_bytes);
    json.at("inputs_first").get_to(request.inputs_first);
    json.at("first").get_to(request.first);
    json.at("count").get_to(request.count);
    request.fidelity = static_cast<base::Fidelity>(json.at("fidelity").get<int>());
    json.at("die").get_to(request.die);
    json.at("quantum_ns").get_to(request.quantum_ns);
    json.at("interpreter").get_to(request.interpreter);
    json.at("max_cycles_per_image").get_to(request.max_cycles_per_image);
    json.at("dump_layers").get_to(request.dump_layers);
    json.at("quiet").get_to(request.quiet);
    if (const Json& port = json.at("gdb_port"); !port.is_null()) {
      request.gdb_port = port.get<std::uint16_t>();
    }
    json.at("gdb_wait").get_to(request.gdb_wait);
    json.at("profile").get_to(request.trace.profile);
    json.at("coverage").get_to(request.trace.coverage);
    json.at("timeline").get_to(request.trace.timeline);
    json.at("trace").get_to(request.trace.units);
    json.at("trace_window").get_to(request.trace.window);
    json.at("wave").get_to(request.trace.wave);
    json.at("wave_signals").get_to(request.trace.signals);
    json.at("wave_layout").get_to(request.trace.layout);
    json.at("functional_coverage").get_to(request.trace.functional);
    json.at("about").get_to(request.trace.about);
    json.at("snapshot_file").get_to(request.snapshot_file);
    json.at("snapshot_image").get_to(request.snapshot_image);
    json.at("snapshot_layer").get_to(request.snapshot_layer);
    request.snapshot_about = from_hex(json.at("snapshot_about").get<std::string>());
    json.at("measure_linearity").get_to(request.measure_linearity);
    json.at("restore_file").get_to(request.restore_file);
    if (const Json& faults = json.at("faults"); !faults.is_null()) {
      request.faults = FaultWork{faults.at(0), faults.at(1), faults.at(2), faults.at(3)};
    }
    return request;
  });
}

std::string encode(const ImageResult& result) {
  Json json = {
      {"image", result.image}, {"class", result.result_class}, {"latency_ps", result.latency_ps}};
  for (const auto& [layer, bytes] : result.layer_outputs) {
    json["layers"][std::to_string(layer)] = to_hex(bytes);
  }
  return json.dump();
}

std::string encode(const WorkerSums& sums) {
  Json replaced;
  if (sums.replaced_columns) {
    replaced = Json::array();
    for (const report::ReplacedColumn& one : *sums.replaced_columns) {
      replaced.push_back({one.macro, one.column, one.spare});
    }
  }
  Json usage = Json::object();
  for (const auto& [layer, cost] : sums.usage) usage[std::to_string(layer)] = to_json(cost);
  const Json json = {{"usage", usage},
                     {"events", to_json(sums.events)},
                     {"image_period_ps", sums.image_period_ps},
                     {"image_latency_ps", sums.image_latency_ps},
                     {"warnings", sums.warnings},
                     {"traced", sums.traced},
                     {"snapshot_taken", sums.snapshot_taken},
                     {"snapshot_as_wanted", sums.snapshot_as_wanted},
                     {"linearity", sums.linearity ? to_json(*sums.linearity) : Json()},
                     {"replaced_columns", replaced}};
  return json.dump();
}

std::string encode(const WorkerError& error) {
  return Json{{"error", error.sentence}, {"status", static_cast<int>(error.status)}}.dump();
}

std::string encode(const FaultTrial& trial) {
  Json listed = Json::array();
  for (const chip::InjectedFault& fault : trial.log.listed) {
    listed.push_back(
        {fault.cycle, static_cast<int>(fault.target), fault.place, static_cast<int>(fault.fate)});
  }
  return Json{{"trial", trial.sentence},
              {"status", static_cast<int>(trial.status)},
              {"asleep", trial.asleep},
              {"counts", trial.log.counts},
              {"listed", listed}}
      .dump();
}

WorkerMessage decode_message(const std::string& line) {
  return decoded(line, [](const Json& json) {
    WorkerMessage message;
    if (json.contains("image")) {
      ImageResult& image = message.image.emplace();
      json.at("image").get_to(image.image);
      json.at("class").get_to(image.result_class);
      json.at("latency_ps").get_to(image.latency_ps);
      if (json.contains("layers")) {
        for (const auto& [layer, hex] : json.at("layers").items()) {
          image.layer_outputs[static_cast<std::uint32_t>(std::stoul(layer))] =
              from_hex(hex.get<std::string>());
        }
      }
    } else if (json.contains("trial")) {
      message.trial = trial_from(json);
    } else if (json.contains("error")) {
      message.error = WorkerError{static_cast<base::ExitStatus>(json.at("status").get<int>()),
                                  json.at("error").get<std::string>()};
    } else {
      WorkerSums& sums = message.sums.emplace();
      for (const auto& [layer, cost] : json.at("usage").items()) {
        sums.usage[static_cast<std::uint32_t>(std::stoul(layer))] = usage_from(cost);
      }
      sums.events = events_from(json.at("events"));
      json.at("image_period_ps").get_to(sums.image_period_ps);
      json.at("image_latency_ps").get_to(sums.image_latency_ps);
      json.at("warnings").get_to(sums.warnings);
      json.at("traced").get_to(sums.traced);
      json.at("snapshot_taken").get_to(sums.snapshot_taken);
      json.at("snapshot_as_wanted").get_to(sums.snapshot_as_wanted);
      if (const Json& found = json.at("linearity"); !found.is_null()) {
        sums.linearity = linearity_from(found);
      }
      if (const Json& found = json.at("replaced_columns"); !found.is_null()) {
        sums.replaced_columns.emplace();
        for (const Json& one : found) {
          sums.replaced_columns->push_back(
              {one.at(0).get<unsigned>(), one.at(1).get<unsigned>(), one.at(2).get<unsigned>()});
        }
      }
    }
    return message;
  });
}

}  // namespace leyden::run
