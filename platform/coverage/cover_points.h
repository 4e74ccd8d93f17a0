#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace leyden::coverage {

inline constexpr int kSchemaVersion = 1;  ///< of the JSON files

/// One thing that can be seen, and how often it was.
struct Bin {
  std::string name;
  std::uint64_t hits = 0;
};

/// One question that a verification plan asks, with its possible answers.
struct Point {
  std::string name;
  std::vector<Bin> bins;

  std::size_t hit() const;  ///< bins that were seen
};

/// Points that belong together: the fields of a unit's registers, the parameters of a unit's jobs.
struct Group {
  std::string name;
  std::vector<Point> points;

  std::size_t bins() const;
  std::size_t hit() const;
};

/// Where a point lies.
struct PointId {
  std::size_t group = 0;
  std::size_t point = 0;
};

/// Functional coverage: what of the chip's behaviour runs have shown. Groups, points and bins are
/// declared before anything is hit, so that what was never seen is told too.
class Coverage {
 public:
  /// @throws ModelError when the group has a point of that name already
  PointId declare(const std::string& group, const std::string& point,
                  std::vector<std::string> bins);
  void hit(const PointId& id, std::size_t bin, std::uint64_t times = 1);

  const std::vector<Group>& groups() const { return groups_; }
  /// What was run, one line a run, in the order of merging.
  const std::vector<std::string>& runs() const { return runs_; }
  void add_run(std::string about) { runs_.push_back(std::move(about)); }

  /// Adds another's hits. Groups, points and bins that only one of them has are kept: a chip of two
  /// macros has more than a chip of one.
  void merge(const Coverage& other);

  std::size_t bins() const;
  std::size_t hit_bins() const;
  double percent() const;  ///< of all bins; 100 without any

  /// Stable text: the same hits give the same bytes.
  std::string json() const;
  /// @param path  for messages
  /// @throws UsageError when the text is no coverage, or of another version
  static Coverage parse(const std::string& text, const std::string& path);

 private:
  Group& group(const std::string& name);

  std::vector<Group> groups_;
  std::vector<std::string> runs_;
};

}  // namespace leyden::coverage
