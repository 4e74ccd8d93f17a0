#include "models/cim/unit_common.h"
#include "platform/cosim/bind.h"
#include "platform/cosim/cim_pins.h"
#include "platform/cosim/pin_views.h"
#include "platform/cosim/rtl_cim.h"
#include "registers/cim.h"
#include "registers/memory_map.h"

#include <Vleyden_cim_block.h>

// The pins of the CIM unit's RTL: configuration, binding, and who looks at them.
namespace leyden::cosim {

namespace reg = registers::cim;

namespace {

/// Clock and reset first, then the interfaces in the order of docs/cosim-cim.md.
void show(const sc_core::sc_signal<bool>& clk, const sc_core::sc_signal<bool>& rst_n,
          const ApbPins& apb, const CimLmemSide::Pins& lmem, const CimMacroSide::Pins& macro,
          const PinSignal<1>& irq, const base::PinVisitor& visit) {
  show_pin("clk", 1, clk, visit);
  show_pin("rst_n", 1, rst_n, visit);
  show_pins(apb, visit);
  show_pins(lmem, visit);
  show_pins(macro, visit);
  show_pin("irq", 1, irq, visit);
}

}  // namespace

struct RtlCim::ConfigPins {
  PinSignal<16> rows{"cfg_rows"};
  PinSignal<16> columns{"cfg_columns"};
  PinSignal<16> rows_per_unit{"cfg_rows_per_unit"};
  PinSignal<16> abn_entries{"cfg_abn_entries"};
  PinSignal<32> macro{"cfg_macro"};
  PinSignal<32> converter{"cfg_converter"};
  PinSignal<16> units{"cfg_units"};
  PinSignal<16> page_units{"cfg_page_units"};
  PinSignal<4> least_weight_bits{"cfg_least_weight_bits"};
  PinSignal<4> out_bits{"cfg_out_bits"};
  PinSignal<4> partial_out_bits{"cfg_partial_out_bits"};
  PinSignal<64> columns_per_output{"cfg_columns_per_output"};
  PinSignal<1> pipelined{"cfg_pipelined"};
  PinSignal<32> lmem_base{"cfg_lmem_base"};
  PinSignal<32> lmem_bytes{"cfg_lmem_bytes"};
  PinSignal<64> model{"mac_model"};
};

RtlCim::~RtlCim() = default;

void RtlCim::make_rtl() {
  config_ = std::make_shared<ConfigPins>();
  configure();
  rtl_ = std::make_unique<Vleyden_cim_block>("rtl");
  bind_pins();
}

void RtlCim::configure() {
  const cim::MacroParameters& macro = macro_.parameters();
  config_->rows.write(macro.rows);
  config_->columns.write(macro.columns);
  config_->rows_per_unit.write(macro.rows_per_unit);
  config_->abn_entries.write(macro.abn_entries);
  config_->macro.write(cim::macro_register(macro));
  config_->converter.write(cim::converter_register(macro));
  config_->units.write(macro.units());
  config_->page_units.write(macro.page_units());
  config_->least_weight_bits.write(cim::least_weight_bits(macro.cells.representation));
  config_->out_bits.write(macro.output_bits(false));
  config_->partial_out_bits.write(macro.output_bits(true));
  std::uint64_t widths = 0;
  for (unsigned bits = 8; bits >= 1; --bits) {
    widths = widths << 8 | macro.columns_per_output(bits);
  }
  config_->columns_per_output.write(widths);
  config_->pipelined.write(macro.pipelined);
  config_->lmem_base.write(static_cast<std::uint32_t>(registers::kLmemBase));
  const std::uint64_t lmem_bytes =
      options_.lmem_bytes != 0
          ? options_.lmem_bytes
          : 2 * static_cast<std::uint64_t>(context_.parameters.integer("lmem.bank_bytes"));
  config_->lmem_bytes.write(static_cast<std::uint32_t>(lmem_bytes));
  config_->model.write(reinterpret_cast<std::uint64_t>(&port_));
  shadow_.poke(reg::kGeometry, macro.columns << 16 | macro.rows);
  shadow_.poke(reg::kUnits, macro.abn_entries << 16 | macro.rows_per_unit);
  shadow_.poke(reg::kMacro, cim::macro_register(macro));
  shadow_.poke(reg::kConverter, cim::converter_register(macro));
}

void RtlCim::bind_pins() {
  bind_clock(*rtl_, clock_);
  bind_s_apb(*rtl_, apb_);
  rtl_->irq(irq_pin_);
  rtl_->cfg_rows(config_->rows);
  rtl_->cfg_columns(config_->columns);
  rtl_->cfg_rows_per_unit(config_->rows_per_unit);
  rtl_->cfg_abn_entries(config_->abn_entries);
  rtl_->cfg_macro(config_->macro);
  rtl_->cfg_converter(config_->converter);
  rtl_->cfg_units(config_->units);
  rtl_->cfg_page_units(config_->page_units);
  rtl_->cfg_least_weight_bits(config_->least_weight_bits);
  rtl_->cfg_out_bits(config_->out_bits);
  rtl_->cfg_partial_out_bits(config_->partial_out_bits);
  rtl_->cfg_columns_per_output(config_->columns_per_output);
  rtl_->cfg_pipelined(config_->pipelined);
  rtl_->cfg_lmem_base(config_->lmem_base);
  rtl_->cfg_lmem_bytes(config_->lmem_bytes);
  rtl_->lmem_r_req(lmem_.pins.r_req);
  rtl_->lmem_r_addr(lmem_.pins.r_addr);
  rtl_->lmem_r_strb(lmem_.pins.r_strb);
  rtl_->lmem_r_gnt(lmem_.pins.r_gnt);
  rtl_->lmem_r_valid(lmem_.pins.r_valid);
  rtl_->lmem_r_data(lmem_.pins.r_data);
  rtl_->lmem_w_req(lmem_.pins.w_req);
  rtl_->lmem_w_addr(lmem_.pins.w_addr);
  rtl_->lmem_w_data(lmem_.pins.w_data);
  rtl_->lmem_w_strb(lmem_.pins.w_strb);
  rtl_->lmem_w_gnt(lmem_.pins.w_gnt);
  rtl_->mac_check(port_.pins.check);
  rtl_->mac_checked(port_.pins.checked);
  rtl_->mac_not_written(port_.pins.not_written);
  rtl_->mac_no_gain(port_.pins.no_gain);
  rtl_->mac_run(port_.pins.run);
  rtl_->mac_unit_first(port_.pins.unit_first);
  rtl_->mac_unit_count(port_.pins.unit_count);
  rtl_->mac_column_first(port_.pins.column_first);
  rtl_->mac_window_count(port_.pins.window_count);
  rtl_->mac_outputs(port_.pins.outputs);
  rtl_->mac_in_bits(port_.pins.in_bits);
  rtl_->mac_weight_bits(port_.pins.weight_bits);
  rtl_->mac_out_bits(port_.pins.out_bits);
  rtl_->mac_range(port_.pins.range);
  rtl_->mac_partial(port_.pins.partial);
  rtl_->mac_tile(port_.pins.tile);
  rtl_->mac_abn_first(port_.pins.abn_first);
  rtl_->mac_launch(port_.pins.launch);
  rtl_->mac_array_start(port_.pins.array_start);
  rtl_->mac_array_done(port_.pins.array_done);
  rtl_->mac_last(port_.pins.last);
  rtl_->mac_skip(port_.pins.skip);
  rtl_->mac_conv_start(port_.pins.conv_start);
  rtl_->mac_conv_done(port_.pins.conv_done);
  rtl_->mac_res_load(port_.pins.res_load);
  rtl_->mac_res_data(port_.pins.res_data);
  rtl_->mac_res_take(port_.pins.res_take);
  rtl_->mac_model(config_->model);
  rtl_->obs_status(status_);
  rtl_->obs_error_code(error_code_);
  rtl_->obs_job_cycles(cycles_pin_);
  rtl_->obs_fed(fed_);
  rtl_->obs_row_ready(row_ready_);
}

void RtlCim::visit_pins(const base::PinVisitor& visit) const {
  show(clock_.clk, clock_.rst_n, apb_, lmem_.pins, port_.pins, irq_pin_, visit);
}

std::vector<base::PinView> cim_pin_list() {
  const sc_core::sc_signal<bool> clk;
  const sc_core::sc_signal<bool> rst_n;
  const ApbPins apb;
  const CimLmemSide::Pins lmem;
  const CimMacroSide::Pins macro;
  const PinSignal<1> irq;
  std::vector<base::PinView> list;
  show(clk, rst_n, apb, lmem, macro, irq, [&list](const base::PinView& pin) {
    list.push_back({pin.name, pin.bits, {}, nullptr});
  });
  return list;
}

}  // namespace leyden::cosim
