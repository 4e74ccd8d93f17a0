#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <yaml-cpp/yaml.h>

namespace leyden::sweep {

/// A place of a sweep file: reads it with checks, and names file, line and key path in what it
/// refuses.
class SpecNode {
 public:
  SpecNode(const YAML::Node& node, std::string origin, std::string path = "", int line = 0);

  /// "sweep.yaml:12: variables[0].list": what sentences begin with.
  std::string where() const;
  /// @param what goes on after where(), without the full stop
  [[noreturn]] void refuse(const std::string& what) const;

  /// Refuses what is no map, and keys that are given twice or not known. @param known none: any
  void check_map(const std::vector<std::string>& known) const;
  bool has(const std::string& key) const { return node_.IsMap() && node_[key].IsDefined(); }
  /// @throws base::UsageError where it is missing
  SpecNode at(const std::string& key) const;
  /// Keys and places of a map, in the order of the file.
  std::vector<std::pair<std::string, SpecNode>> entries() const;
  /// Places of a list of one or more.
  std::vector<SpecNode> items() const;

  bool is_map() const { return node_.IsMap(); }
  bool is_list() const { return node_.IsSequence(); }
  bool is_word() const { return node_.IsScalar(); }
  /// One line of text that is not empty.
  std::string word() const;
  /// A word of the list, by its index; "did you mean".
  std::size_t choice(const std::vector<std::string>& words) const;
  std::optional<double> number_or_none() const;  ///< finite
  double number() const;
  std::uint64_t count(std::uint64_t least, std::uint64_t most) const;
  bool flag() const;  ///< on, off, true, false, yes, no

 private:
  SpecNode child(const YAML::Node& node, const std::string& path) const;

  YAML::Node node_;
  std::string origin_;
  std::string path_;
  int line_;
};

}  // namespace leyden::sweep
