#include "models/cim/effects.h"

#include <algorithm>
#include <cmath>

#include "models/cim/codes.h"

namespace leyden::cim {
namespace {

constexpr double kDecodedSteps = 16;  // per LSB

template <typename T>
void grow(std::vector<T>& scratch, std::size_t size) {
  if (scratch.size() < size) scratch.resize(size);
}

}  // namespace

bool Effects::needed(const MacroParameters& macro) {
  return InputErrors::needed(macro) || macro.combine.input_mismatch_percent > 0 ||
         macro.dot_product.wire_resistance_ohm > 0 || noisy(macro) ||
         has_transfer_curves(macro.convert) || macro.convert.own != nullptr;
}

bool Effects::noisy(const MacroParameters& macro) {
  return macro.cells.read_noise_percent > 0 || macro.supply_noise_mv > 0;
}

bool Effects::has_shares(unsigned bits) const {
  return macro_.combine.input_mismatch_percent > 0 && accumulates_in_charge(macro_, bits);
}

const InputErrors& Effects::input_errors(unsigned bits) {
  input_errors_[bits].make(macro_, *die_, bits);
  return input_errors_[bits];
}

const std::vector<std::int32_t>& Effects::share_steps(unsigned bits) {
  std::vector<std::int32_t>& steps = share_steps_[bits];
  if (steps.empty()) {
    for (const double value : share_sensitivities(macro_, bits)) {
      steps.push_back(static_cast<std::int32_t>(std::lround(value)));
    }
  }
  return steps;
}

double Effects::supply_change(std::uint64_t phase) const {
  return macro_.supply_noise_mv * 1e-3 / macro_.supply_v * supply_.gaussian(phase);
}

double Effects::wire_resistance() const {
  return macro_.dot_product.wire_resistance_ohm * macro_.cells.on_conductance_us * 1e-6 /
         macro_.cells.highest_level();
}

void Effects::prepare(Tile& tile, const WeightArray& array, const Die& die, unsigned out_bits,
                      double lsb_v, const base::RandomStream& coins,
                      const base::RandomStream& supply) {
  tile_ = &tile;
  die_ = &die;
  out_bits_ = out_bits;
  coins_ = coins;
  supply_ = supply;
  tile.effects().make(tile, array, die, macro_);
  const ConvertParameters& convert = macro_.convert;
  if (!has_transfer_curves(convert)) return;
  // Of an LSB of all bits, which the unit elements and comparators are made for.
  const double full_lsb_v =
      std::ldexp(lsb_v, static_cast<int>(out_bits) - static_cast<int>(convert.bits));
  std::unique_ptr<TransferCurves>& curves = curves_[out_bits];
  if (!curves || !curves->made_for(die, out_bits, full_lsb_v)) {
    curves = std::make_unique<TransferCurves>(macro_, die, instance_, out_bits, full_lsb_v);
  }
  curves_in_use_ = curves.get();
  metastability_ = Metastability(convert, macro_.supply_v, lsb_v);
  std::vector<double>& decoded = decoded_[out_bits];
  decoded_in_use_ = &decoded;
  if (convert.compression == 1.0 || !decoded.empty()) return;
  for (unsigned code = 0; code < 1u << out_bits; ++code) {
    const double middle = 0.5 * (compressed_threshold(out_bits, convert.compression, code) +
                                 compressed_threshold(out_bits, convert.compression, code + 1));
    decoded.push_back(std::round((middle - 0.5) * kDecodedSteps) / kDecodedSteps);
  }
}

unsigned Effects::code(unsigned column, double level, std::uint64_t conversion,
                       bool temporal) const {
  if (macro_.convert.own) {
    return own_code(*macro_.convert.own, level, out_bits_,
                    {false, die_->seed(), instance_, die_->converter(column)});
  }
  const TransferCurve& curve = curves_in_use_->of_column(column);
  if (!temporal || metastability_.window_lsb() <= 0) return curve.code(level);
  return metastability_.code(curve, level, coins_, conversion);
}

Effects::Terms Effects::terms(const EffectsBlock& block, IntegerProduct& product, bool temporal) {
  const std::size_t outputs = tile_->placement().outputs;
  const std::size_t count = block.positions * outputs;
  grow(sums_, count);
  const double scale = std::ldexp(1.0, -tile_->scale_shift());
  for (std::size_t m = 0; m < block.positions; ++m) {
    for (std::size_t j = 0; j < outputs; ++j) {
      double sum = block.sums[m * block.stride + j];
      if (block.corrections != nullptr) sum += block.corrections[m * block.stride + j] * scale;
      sums_[m * outputs + j] = sum;
    }
  }
  if (InputErrors::needed(macro_)) add_input_errors(block, product);
  if (has_shares(block.bits)) add_shares(block, product);
  if (macro_.dot_product.wire_resistance_ohm > 0) take_wire_drop(block);
  if (temporal && macro_.supply_noise_mv > 0) {
    for (std::size_t m = 0; m < block.positions; ++m) {
      const double factor = 1.0 + supply_change(block.first_phase + m);
      for (std::size_t j = 0; j < outputs; ++j) sums_[m * outputs + j] *= factor;
    }
  }
  if (!temporal || macro_.cells.read_noise_percent <= 0) return {sums_.data(), nullptr};
  grow(noise_, count);
  tile_->effects()
      .read_noise(block.group)
      .multiply(product, block.codes, block.positions, block.segment.first, block.segment.rows,
                block.bits, accumulates_in_charge(macro_, block.bits), noise_.data());
  const double sigma = macro_.cells.read_noise_percent * 1e-2;
  for (std::size_t i = 0; i < count; ++i) noise_[i] = sigma * std::sqrt(noise_[i]);
  return {sums_.data(), noise_.data()};
}

Effects::DummyTerm Effects::dummy(const std::uint8_t* codes, const RowSegment& segment,
                                  unsigned bits, unsigned d, double sum, std::uint64_t phase,
                                  bool temporal) {
  const unsigned row_first = tile_->placement().row_first + segment.first;
  if (InputErrors::needed(macro_)) {
    const InputErrors& errors = input_errors(bits);
    std::int64_t error = 0;
    for (unsigned i = 0; i < segment.rows; ++i) error += errors.error(row_first + i, codes[i]);
    sum += std::ldexp(static_cast<double>(error), -errors.scale_shift()) * tile_->dummy_level(d);
  }
  double squares = 0;
  const bool bit_by_bit = accumulates_in_charge(macro_, bits);
  if (macro_.dot_product.wire_resistance_ohm > 0 || macro_.cells.read_noise_percent > 0) {
    grow(dummy_conductance_, segment.rows);
    for (unsigned i = 0; i < segment.rows; ++i) {
      const double cell = tile_->dummy_cell(d, segment.first + i);
      dummy_conductance_[i] = cell;
      squares += ReadNoise::square(codes[i], bits, bit_by_bit) * cell * cell;
    }
  }
  if (macro_.dot_product.wire_resistance_ohm > 0) {
    const unsigned steps = bit_by_bit ? bits : 1;
    grow(bytes_, segment.rows);
    for (unsigned k = 0; k < steps; ++k) {
      for (unsigned i = 0; i < segment.rows; ++i) {
        bytes_[i] = static_cast<std::uint8_t>(bit_by_bit ? (codes[i] >> k) & 1u : codes[i]);
      }
      double deficit = 0;
      ladder_.deficit(dummy_conductance_.data(), 1, bytes_.data(), segment.rows, 1,
                      page_row(segment), wire_resistance(), &deficit);
      sum -= std::ldexp(rounded_deficit(deficit), static_cast<int>(k));
    }
  }
  if (temporal && macro_.supply_noise_mv > 0) sum *= 1.0 + supply_change(phase);
  return {sum, temporal ? macro_.cells.read_noise_percent * 1e-2 * std::sqrt(squares) : 0.0};
}

std::size_t Effects::page_row(const RowSegment& segment) const {
  return tile_->placement().row_first % macro_.page_rows() + segment.first;
}

void Effects::add_product(const EffectsBlock& block, IntegerProduct& product, PackedWeights& packed,
                          const std::int8_t* weights, std::size_t stride, std::int32_t zero,
                          int shift) {
  const std::size_t outputs = tile_->placement().outputs;
  grow(products_, block.positions * outputs);
  product.multiply(block.positions, block.segment.rows, outputs, bytes_.data(), 8, packed,
                   products_.data(), outputs);
  weight_sums_.assign(outputs, 0);
  for (std::size_t i = 0; i < block.segment.rows; ++i) {
    for (std::size_t j = 0; j < outputs; ++j) weight_sums_[j] += weights[i * stride + j];
  }
  const double scale = std::ldexp(1.0, -shift);
  for (std::size_t m = 0; m < block.positions; ++m) {
    for (std::size_t j = 0; j < outputs; ++j) {
      const std::size_t element = m * outputs + j;
      sums_[element] += (products_[element] - zero * weight_sums_[j]) * scale;
    }
  }
}

void Effects::add_input_errors(const EffectsBlock& block, IntegerProduct& product) {
  constexpr std::int32_t kZero = 128;
  const InputErrors& errors = input_errors(block.bits);
  grow(bytes_, block.positions * block.segment.rows);
  errors.apply(block.codes, block.positions, tile_->placement().row_first + block.segment.first,
               block.segment.rows, kZero, bytes_.data());
  add_product(block, product, tile_->packed(block.segment.first, true, block.group),
              tile_->folded_weights() + block.segment.first * tile_->stride() +
                  block.group * padded(tile_->placement().outputs),
              tile_->stride(), kZero, errors.scale_shift());
}

void Effects::add_shares(const EffectsBlock& block, IntegerProduct& product) {
  const std::vector<std::int32_t>& steps = share_steps(block.bits);
  std::int32_t zero = 0;
  for (const std::int32_t step : steps) zero -= std::min(step, 0);
  std::array<std::uint8_t, 256> table{};
  for (unsigned code = 0; code < 1u << block.bits; ++code) {
    std::int32_t sum = zero;
    for (unsigned k = 0; k < block.bits; ++k) sum += ((code >> k) & 1u) != 0 ? steps[k] : 0;
    table[code] = static_cast<std::uint8_t>(std::min(sum, 255));
  }
  const std::size_t count = block.positions * block.segment.rows;
  grow(bytes_, count);
  for (std::size_t i = 0; i < count; ++i) bytes_[i] = table[block.codes[i]];
  TileEffects& effects = tile_->effects();
  const std::int8_t* shares = effects.shares() + block.segment.first * effects.share_stride() +
                              block.group * padded(tile_->placement().outputs);
  add_product(block, product, effects.packed_shares(shares), shares, effects.share_stride(), zero,
              effects.share_shift());
}

void Effects::take_wire_drop(const EffectsBlock& block) {
  const Placement& place = tile_->placement();
  const std::size_t rows = block.segment.rows;
  const unsigned width = tile_->columns_per_output();
  const unsigned columns = tile_->columns();
  const bool bit_by_bit = accumulates_in_charge(macro_, block.bits);
  const unsigned steps = bit_by_bit ? block.bits : 1;
  grow(deficits_, columns);
  grow(bytes_, rows);
  const double* conductance =
      tile_->effects().conductance() + std::size_t{block.segment.first} * columns;
  for (std::size_t m = 0; m < block.positions; ++m) {
    const std::uint8_t* codes = block.codes + m * rows;
    double* sums = sums_.data() + m * place.outputs;
    for (unsigned k = 0; k < steps; ++k) {
      const std::uint8_t* inputs = codes;
      if (bit_by_bit) {
        for (std::size_t i = 0; i < rows; ++i) bytes_[i] = (codes[i] >> k) & 1u;
        inputs = bytes_.data();
      }
      ladder_.deficit(conductance, columns, inputs, rows, columns, page_row(block.segment),
                      wire_resistance(), deficits_.data());
      for (unsigned column = 0; column < columns; ++column) {
        const unsigned c = column % width;
        if (tile_->group_of(c) != block.group) continue;
        const double deficit = tile_->significance(c) * rounded_deficit(deficits_[column]);
        sums[column / width] -= std::ldexp(deficit, static_cast<int>(k));
      }
    }
  }
}

}  // namespace leyden::cim
