#pragma once

#include <string>
#include <vector>

#include "models/base/parameter.h"
#include "platform/chip/chip_file.h"

namespace leyden::sweep {

/// The keys a point may set (point.h: Setting) and what each takes.
class VariableKeys {
 public:
  /// What the values of a key are.
  struct Kind {
    bool number = false;   ///< else words
    bool integer = false;  ///< whole numbers only
    bool file = false;     ///< a preset's name or a path
    bool values = false;   ///< acts where values are computed (depth full) only
    std::string unit;      ///< "" for words
  };

  /// @param scopes of chip files: chip::chip_scopes()
  explicit VariableKeys(const std::vector<chip::Scope>& scopes);

  /// @throws base::UsageError "WHERE: the key is unknown", with "did you mean"
  Kind kind(const std::string& key, const std::string& where) const;
  /// @throws base::UsageError for a value that the key does not take: out of range, no such choice
  void check(const std::string& key, const std::string& value, const std::string& where);

 private:
  base::ParameterSet parameters_;
};

}  // namespace leyden::sweep
