#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leyden::base {

/// Where a number comes from. Every value in a chip file carries one.
enum class Source {
  kStated,   ///< a publication states it
  kDerived,  ///< arithmetic on stated numbers
  kFitted,   ///< fitted to a named published figure
  kAssumed,  ///< assumed; the note says why it is plausible
};

std::string_view to_string(Source source);
/// @throws UsageError with the accepted words
Source parse_source(std::string_view word, std::string_view where);

/// What a model accepts under a key: declared by the model, beside the code that uses it.
struct ParameterSpec {
  std::string key;     ///< dotted path below the model's scope, unit last: "step_time_ns"
  std::string unit;    ///< "ns", "pJ", "1" for a count or ratio, "" for a choice
  double minimum = 0;  ///< inclusive
  double maximum = 0;  ///< inclusive
  bool integer = false;
  std::vector<std::string> choices;  ///< when not empty the value is one of these words
  std::string text;                  ///< what it is, one sentence
  /// The value that stands for "not there" (an effect off, an option not taken) when a chip file
  /// leaves the key out; empty: a file must give the key. Listed by `leyden list parameters`.
  std::string when_absent = {};
};

struct Parameter {
  ParameterSpec spec;
  double value = 0;  ///< for a choice: its index in spec.choices
  Source source = Source::kAssumed;
  std::string note;  ///< source or reason
};

/// What a parameter cannot say because it is no number: code of a user's own that stands for a part
/// of a model. Whoever knows the key knows the class behind it.
class Extension {
 public:
  virtual ~Extension() = default;
};

/// The effective parameters of a chip: full dotted key ("cim.cell.capacitance_ff") to value with
/// provenance. Keys are declared by the models, values come from the chip file and `--set`.
/// A key that was never declared is refused with "did you mean".
class ParameterSet {
 public:
  /// Declares the keys a model understands, below a scope ("cim").
  void declare(const std::string& scope, const std::vector<ParameterSpec>& specs);

  /// Sets a numeric value. @throws UsageError: unknown key, out of range, not an integer.
  void set(const std::string& key, double value, Source source, const std::string& note,
           const std::string& where);
  /// Sets from text, as `--set key=value` does: a number or a choice's word.
  void set_text(const std::string& key, const std::string& text, Source source,
                const std::string& note, const std::string& where);

  double real(const std::string& key) const;           ///< @throws ModelError when not set
  std::int64_t integer(const std::string& key) const;  ///< @throws ModelError when not set
  const std::string& choice(const std::string& key) const;
  /// Index of a choice in its spec, for an enumeration in the same order. @throws ModelError
  template <typename Enumeration>
  Enumeration choice_as(const std::string& key) const {
    choice(key);  // a choice it must be
    return static_cast<Enumeration>(static_cast<int>(real(key)));
  }
  bool has(const std::string& key) const;
  const Parameter& at(const std::string& key) const;

  const std::map<std::string, Parameter>& all() const { return values_; }
  const std::map<std::string, ParameterSpec>& declared() const { return declared_; }
  /// Hangs an extension under a key of its own, such as "cim.converter".
  void attach(const std::string& key, std::shared_ptr<const Extension> extension) {
    extensions_[key] = std::move(extension);
  }
  /// nullptr when there is none.
  std::shared_ptr<const Extension> attached(const std::string& key) const {
    const auto found = extensions_.find(key);
    return found == extensions_.end() ? nullptr : found->second;
  }

  /// Declared keys that no value was given for, in order.
  std::vector<std::string> missing() const;
  /// Gives every missing key that has one its `when_absent` value.
  void fill_absent();

 private:
  std::map<std::string, ParameterSpec> declared_;
  std::map<std::string, Parameter> values_;
  std::map<std::string, std::shared_ptr<const Extension>> extensions_;
};

/// The known word nearest to `word` (edit distance at most 3 and under half its length), or "".
std::string nearest_word(std::string_view word, const std::vector<std::string>& known);

}  // namespace leyden::base
