#include "platform/report/faults.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "platform/report/dies.h"

namespace leyden::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kConfidence = 0.99;
constexpr double kPicosecondsPerNs = 1e3;

Json to_json(const chip::InjectedFault& fault) {
  return {{"cycle", fault.cycle},
          {"target", chip::to_string(fault.target)},
          {"place", fault.place},
          {"fate", chip::kFaultFateNames[static_cast<std::size_t>(fault.fate)]}};
}

}  // namespace

Json injected_faults(const chip::FaultLog& log) {
  Json list = Json::array();
  for (const chip::InjectedFault& fault : log.listed) list.push_back(to_json(fault));
  return list;
}

Json make_faults(const FaultFacts& facts, bool classifier) {
  const auto images = static_cast<double>(facts.images);
  Json made = {{"seed", facts.seed}, {"images", facts.images}};
  Json outcomes;
  for (std::size_t i = 0; i < kFaultOutcomes; ++i) {
    const Interval interval = clopper_pearson(facts.outcomes[i], facts.images, kConfidence);
    outcomes[std::string(kFaultOutcomeNames[i])] = {
        {"images", facts.outcomes[i]},
        {"percent", 100.0 * static_cast<double>(facts.outcomes[i]) / images},
        {"lower_percent", 100.0 * interval.lower},
        {"upper_percent", 100.0 * interval.upper}};
  }
  made["outcomes"] = outcomes;
  made["images_without_fault"] = facts.without_fault;
  made["images_undefined"] = facts.undefined;
  if (classifier) {
    made["images_of_other_class"] = facts.wrong_class;
    made["correct_images"] = facts.correct;
    made["accuracy_percent"] = 100.0 * static_cast<double>(facts.correct) / images;
  }
  made["images_finished"] = facts.finished;
  made["image_latency_ns"] = facts.finished == 0
                                 ? Json()
                                 : Json(static_cast<double>(facts.latency_ps) /
                                        (static_cast<double>(facts.finished) * kPicosecondsPerNs));
  Json injected = Json::object();
  for (std::size_t i = 0; i < chip::kFaultTargets; ++i) {
    if (facts.injected[i] != 0) {
      injected[std::string(chip::kFaultTargetNames[i])] = facts.injected[i];
    }
  }
  made["injected"] = injected;
  made["first_differing_layers"] = Json::object();
  for (const auto& [layer, count] : facts.first_layers) {
    made["first_differing_layers"][layer] = count;
  }
  made["faulted_images"] = Json::array();
  for (const FaultedImage& one : facts.faulted) {
    made["faulted_images"].push_back(
        {{"image", one.image},
         {"outcome", kFaultOutcomeNames[static_cast<std::size_t>(one.outcome)]},
         {"told", one.told}});
  }
  made["faults"] = Json::array();
  for (const ListedFault& one : facts.listed) {
    Json entry = {{"image", one.image}};
    entry.update(to_json(one.fault));
    made["faults"].push_back(entry);
  }
  return made;
}

std::string faults_table(const Json& faults) {
  char line[160];
  std::uint64_t injected = 0;
  for (const auto& entry : faults["injected"].items())
    injected += entry.value().get<std::uint64_t>();
  std::snprintf(line, sizeof line, "faults      seed %u: %llu in %llu images, %llu without any\n",
                faults["seed"].get<unsigned>(), static_cast<unsigned long long>(injected),
                faults["images"].get<unsigned long long>(),
                faults["images_without_fault"].get<unsigned long long>());
  std::string text = line;
  text += "           ";
  for (const auto& [name, outcome] : faults["outcomes"].items()) {
    std::snprintf(line, sizeof line, " %s %.2f %%", name.c_str(), outcome["percent"].get<double>());
    text += line;
  }
  if (faults.contains("accuracy_percent")) {
    std::snprintf(line, sizeof line, "; accuracy %.2f %%",
                  faults["accuracy_percent"].get<double>());
    text += line;
  }
  return text + "\n";
}

}  // namespace leyden::report
