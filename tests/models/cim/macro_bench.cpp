// The job kernel of fidelity `analog` beside oneDNN's int8 matrix product, one thread, in turn.
//   cim_macro_bench [repeats] [milliseconds a sample] [contender] [outputs]
// Prints a line a sample: shape M K N, contender, seconds of processor time for one product.
// scripts/bench macro makes medians and ratios of them. One contender and the shape of so many
// outputs alone are for a profiler.
#include <omp.h>
#include <sched.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <oneapi/dnnl/dnnl.hpp>

#include "models/cim/figures.h"
#include "models/cim/macro.h"
#include "tests/models/cim/chip_parameters.h"

namespace {

using namespace leyden;

/// A 3 x 3 convolution of `channels` to `outputs` channels, side x side, padded to equal size.
struct Shape {
  unsigned side;
  unsigned channels;
  unsigned outputs;

  unsigned m() const { return side * side; }
  unsigned k() const { return 9 * channels; }
};
constexpr Shape kShapes[] = {{32, 64, 64}, {32, 128, 256}};

/// Holds this thread to the processor it runs on.
void pin() {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(sched_getcpu()), &set);
  sched_setaffinity(0, sizeof set, &set);
}

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// A whole Macro::run: im2col, both integer products, draws, conversion with ABN and INL, output
/// bytes, counts for energy. The tile is packed and the die is made before.
class Kernel {
 public:
  Kernel(const cim::MacroParameters& parameters, const Shape& shape) : macro_(parameters) {
    cim::fill_array(macro_.array(), parameters, 256, 8, 1);
    job_.in_width = job_.in_height = job_.out_width = job_.out_height = shape.side;
    job_.in_channels = job_.in_pixel_stride = shape.channels;
    job_.kernel_width = job_.kernel_height = 3;
    job_.pad_left = job_.pad_top = 1;
    job_.window_count = shape.k();
    job_.outputs = job_.out_pixel_stride = shape.outputs;
    job_.unit_count = shape.k() / parameters.rows_per_unit;
    job_.in_bits = job_.weight_bits = job_.out_bits = 8;
    if (cim::validate(job_, parameters) != cim::JobError::kNone) {
      std::fprintf(stderr, "the array does not hold the job\n");
      std::exit(1);
    }
    std::mt19937 random(2);
    input_.resize(std::size_t{shape.m()} * shape.channels);
    for (auto& x : input_) x = static_cast<std::uint8_t>(random());
    output_.resize(std::size_t{shape.m()} * shape.outputs);
  }

  void operator()() {
    cim::JobDraws draws;
    draws.position.image = image_++;  // new noise every time
    macro_.run(job_, input_.data(), base::Fidelity::kAnalog, draws, output_.data());
  }

 private:
  cim::Macro macro_;
  cim::Job job_;
  std::uint32_t image_ = 0;
  std::vector<std::uint8_t> input_;
  std::vector<std::uint8_t> output_;
};

/// oneDNN's products of the same shape, plain and with weights in the layout it likes best.
class Yardstick {
 public:
  explicit Yardstick(const Shape& shape)
      : m_(shape.m()),
        k_(shape.k()),
        n_(shape.outputs),
        a_(std::size_t(m_ * k_)),
        b_(std::size_t(k_ * n_)),
        c_(std::size_t(m_ * n_)),
        engine_(dnnl::engine::kind::cpu, 0),
        stream_(engine_) {
    std::mt19937 random(3);
    for (auto& x : a_) x = static_cast<std::uint8_t>(random());
    for (auto& w : b_) w = static_cast<std::int8_t>(random());
    using memory = dnnl::memory;
    const memory::desc a({m_, k_}, memory::data_type::u8, memory::format_tag::ab);
    const memory::desc b({k_, n_}, memory::data_type::s8, memory::format_tag::any);
    const memory::desc plain({k_, n_}, memory::data_type::s8, memory::format_tag::ab);
    const memory::desc c({m_, n_}, memory::data_type::s32, memory::format_tag::ab);
    const dnnl::matmul::primitive_desc description({a, b, c}, engine_);
    name_ = description.impl_info_str();
    matmul_ = dnnl::matmul(description);
    memory packed(description.weights_desc(), engine_);
    memory weights(plain, engine_, b_.data());
    dnnl::reorder(weights, packed).execute(stream_, weights, packed);
    stream_.wait();
    arguments_ = {{DNNL_ARG_SRC, memory(a, engine_, a_.data())},
                  {DNNL_ARG_WEIGHTS, packed},
                  {DNNL_ARG_DST, memory(c, engine_, c_.data())}};
  }

  void gemm() {
    const std::int32_t no_offset = 0;
    dnnl::gemm_u8s8s32('N', 'N', 'F', m_, n_, k_, 1.0F, a_.data(), k_, 0, b_.data(), n_, 0, 0.0F,
                       c_.data(), n_, &no_offset);
  }
  void matmul() {
    matmul_.execute(stream_, arguments_);
    stream_.wait();
  }
  const std::string& name() const { return name_; }

 private:
  dnnl_dim_t m_, k_, n_;
  std::vector<std::uint8_t> a_;
  std::vector<std::int8_t> b_;
  std::vector<std::int32_t> c_;
  dnnl::engine engine_;
  dnnl::stream stream_;
  std::string name_;
  dnnl::matmul matmul_;
  std::unordered_map<int, dnnl::memory> arguments_;
};

double seconds_each(const std::function<void()>& product, int times) {
  const double start = processor_seconds();
  for (int i = 0; i < times; ++i) product();
  return (processor_seconds() - start) / times;
}

void measure(const cim::MacroParameters& parameters, const cim::MacroParameters& digital,
             const Shape& shape, int repeats, double seconds, const std::string& only) {
  Kernel kernel(parameters, shape);
  Kernel digital_kernel(digital, shape);
  Yardstick yardstick(shape);
  std::printf("matmul is %s\n", yardstick.name().c_str());
  struct Contender {
    const char* name;
    std::function<void()> product;
    int times;
  };
  std::vector<Contender> contenders = {{"kernel", [&] { kernel(); }, 0},
                                       {"digital", [&] { digital_kernel(); }, 0},
                                       {"gemm", [&] { yardstick.gemm(); }, 0},
                                       {"matmul", [&] { yardstick.matmul(); }, 0}};
  contenders.erase(
      std::remove_if(contenders.begin(), contenders.end(),
                     [&](const Contender& c) { return !only.empty() && only != c.name; }),
      contenders.end());
  // 1. Warm up; how many make a sample of the time wanted.
  for (Contender& c : contenders) {
    seconds_each(c.product, 3);
    c.times = 1 + static_cast<int>(seconds / seconds_each(c.product, 3));
  }
  // 2. Samples in turn, so that a slow phase of the machine meets all.
  for (int i = 0; i < repeats; ++i) {
    for (const Contender& c : contenders) {
      std::printf("%u %u %u %s %.9g\n", shape.m(), shape.k(), shape.outputs, c.name,
                  seconds_each(c.product, c.times));
    }
    std::fflush(stdout);
  }
}

void measure_all(int argc, char** argv) {
  const int repeats = argc > 1 ? std::atoi(argv[1]) : 9;
  const double seconds = argc > 2 ? std::atof(argv[2]) * 1e-3 : 0.05;
  omp_set_num_threads(1);
  pin();
  // imagine's cells and stages; 256 outputs of 8 bits need 2048 columns, which it does not have.
  base::ParameterSet set = cim::test::imagine_parameters();
  set.set_text("cim.columns", "2048", base::Source::kAssumed, "256 outputs of 8 bits",
               "macro_bench");
  const cim::MacroParameters parameters = cim::read_macro_parameters(set);
  // The same with a conversion for every input bit and weight column: 64 an output.
  for (const auto& [key, value] :
       {std::pair{"cim.combine.inputs", "digital"}, std::pair{"cim.combine.columns", "digital"},
        std::pair{"cim.post.kind", "digital_scale"}}) {
    set.set_text(key, value, base::Source::kAssumed, "a conversion an input bit", "macro_bench");
  }
  const cim::MacroParameters digital = cim::read_macro_parameters(set);
  const std::string only = argc > 3 ? argv[3] : "";
  const unsigned outputs = argc > 4 ? static_cast<unsigned>(std::atoi(argv[4])) : 0;
  for (const Shape& shape : kShapes) {
    if (outputs == 0 || outputs == shape.outputs) {
      measure(parameters, digital, shape, repeats, seconds, only);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    measure_all(argc, argv);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
