#include "platform/chip/log.h"

#include <spdlog/sinks/stdout_sinks.h>

#include <cstdio>

namespace leyden::chip {
namespace {

spdlog::level::level_enum level(base::Severity severity) {
  switch (severity) {
    case base::Severity::kInfo:
      return spdlog::level::info;
    case base::Severity::kWarning:
      return spdlog::level::warn;
    case base::Severity::kError:
      break;
  }
  return spdlog::level::err;
}

std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%08llx", static_cast<unsigned long long>(value));
  return text;
}

}  // namespace

Log::Log(std::shared_ptr<spdlog::logger> sink) : sink_(std::move(sink)) {}

std::shared_ptr<spdlog::logger> Log::standard_error() {
  auto logger =
      std::make_shared<spdlog::logger>("leyden", std::make_shared<spdlog::sinks::stderr_sink_st>());
  logger->set_pattern("%l: %v");
  return logger;
}

std::shared_ptr<spdlog::logger> Log::silent() {
  return std::make_shared<spdlog::logger>("leyden", spdlog::sinks_init_list{});
}

void Log::report(base::Severity severity, const std::string& origin, const std::string& text,
                 std::optional<std::uint64_t> address) {
  std::string sentence = origin + ": " + text;
  if (address) sentence += " (address " + hex(*address) + ")";
  const auto [entry, is_new] = messages_.emplace(sentence, Message{severity});
  if (is_new && messages_.size() > kDistinct) {
    entry->second.told = false;
    ++untold_;
  }
  if (++entry->second.times > kRepetitions || !entry->second.told) return;
  const std::string where = location_ ? location_() : "";
  sink_->log(level(severity), where.empty() ? sentence : sentence + ", " + where);
}

void Log::finish() {
  for (const auto& [sentence, message] : messages_) {
    if (message.times <= kRepetitions || !message.told) continue;
    sink_->log(level(message.severity),
               sentence + " [" + std::to_string(message.times) + " times in all]");
  }
  if (untold_ > 0) {
    sink_->log(spdlog::level::warn, std::to_string(untold_) + " other warnings were not told");
  }
  sink_->flush();
}

std::vector<std::string> Log::warnings() const {
  std::vector<std::string> list;
  for (const auto& [sentence, message] : messages_) {
    if (message.severity != base::Severity::kInfo) list.push_back(sentence);
  }
  return list;
}

}  // namespace leyden::chip
