#pragma once

#include <yaml-cpp/yaml.h>

#include <set>
#include <string>
#include <vector>

namespace leyden::validate {

/// A map of a YAML file, read key by key; what is wrong is refused in one sentence with file, line
/// and key path, and so is a key that nobody asked for.
class YamlMap {
 public:
  /// @throws base::UsageError when the file cannot be read or holds no map
  static YamlMap file(const std::string& path);
  YamlMap(std::string origin, std::string path, const YAML::Node& node);

  bool has(const std::string& key) const;
  /// @throws base::UsageError: missing, not a number, outside [minimum, maximum]
  double number(const std::string& key, double minimum, double maximum) const;
  double number_or(const std::string& key, double minimum, double maximum, double value) const;
  unsigned whole(const std::string& key, unsigned minimum, unsigned maximum) const;
  unsigned whole_or(const std::string& key, unsigned minimum, unsigned maximum,
                    unsigned value) const;
  std::string word(const std::string& key) const;
  std::string word_or(const std::string& key, const std::string& text) const;
  /// @return the index of the word in `choices`
  std::size_t choice(const std::string& key, const std::vector<std::string>& choices) const;
  std::size_t choice_or(const std::string& key, const std::vector<std::string>& choices,
                        std::size_t value) const;
  YamlMap map(const std::string& key) const;
  std::vector<YamlMap> list(const std::string& key) const;  ///< of maps; empty when absent
  std::vector<std::string> keys() const;
  /// Refuses keys that were not read, with the nearest that could have been.
  void check_all_read() const;
  /// File, line and what is wrong, as one sentence.
  [[noreturn]] void refuse(const std::string& key, const std::string& what) const;

 private:
  YAML::Node required(const std::string& key) const;
  std::string scalar(const std::string& key) const;

  std::string origin_;
  std::string path_;
  YAML::Node node_;
  mutable std::set<std::string> asked_;
};

}  // namespace leyden::validate
