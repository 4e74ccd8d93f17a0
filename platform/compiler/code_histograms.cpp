#include "platform/compiler/code_histograms.h"

#include "platform/compiler/reference.h"

namespace leyden::compiler {
namespace {

constexpr std::uint16_t kGainOne = 256;  // 8 fraction bits
constexpr int kOffsetOne = 16;           // 4 fraction bits

class CodeWatch : public ConversionWatch {
 public:
  explicit CodeWatch(const Plan& plan) : plan_(plan), histograms_(plan.layers.size()) {
    const DigitalCombining& combining = plan.geometry.combining;
    if (combining.used) scale_shift_ = combining.scale_shift();
    for (std::size_t i = 0; i < histograms_.size(); ++i) {
      histograms_[i].name = plan.network.layers[i].name;
      if (plan.network.layers[i].kind != LayerKind::kMacro) continue;
      histograms_[i].bits = plan.layers[i].converter_bits;
      histograms_[i].fixed.resize(std::size_t{1} << histograms_[i].bits);
      histograms_[i].reshaped.resize(histograms_[i].fixed.size());
    }
  }

  void converted(std::size_t layer, std::size_t /*position*/, std::size_t output,
                 std::int64_t sum) override {
    const LayerPlan& placed = plan_.layers[layer];
    vector::PartialFormat whole = placed.format;
    whole.units = plan_.geometry.page_units();
    AbnCode unit = placed.abn[output];
    unit.gamma = kGainOne;
    unit.beta = static_cast<std::int16_t>(kOffsetOne << (whole.out_bits - 1));
    count(histograms_[layer].fixed, convert(sum, unit, whole, scale_shift_));
    count(histograms_[layer].reshaped,
          convert(sum, placed.abn[output], placed.format, scale_shift_));
  }

  /// Of macro layers.
  std::vector<CodeHistogram> take() {
    std::vector<CodeHistogram> list;
    for (CodeHistogram& histogram : histograms_) {
      if (!histogram.fixed.empty()) list.push_back(std::move(histogram));
    }
    return list;
  }

 private:
  static void count(std::vector<std::uint64_t>& codes, std::int32_t code) {
    ++codes.at(static_cast<std::size_t>(code));
  }

  const Plan& plan_;
  unsigned scale_shift_ = 0;
  std::vector<CodeHistogram> histograms_;
};

}  // namespace

std::vector<CodeHistogram> code_histograms(const Plan& plan, const std::vector<Image>& images) {
  CodeWatch watch(plan);
  const Reference reference(plan, base::Fidelity::kQuantised, &watch);
  for (const Image& image : images) reference.run(image);
  return watch.take();
}

}  // namespace leyden::compiler
