// Digital controller of a CIM unit: registers, feeder with im2col, phase sequencer and output writer
// around a macro behind a port. docs/cosim-cim.md tells ports and timing.
module leyden_cim #(
    parameter int unsigned ROWS = 1152  // word lines of a page of the macro, a multiple of 16
) (
    input logic clk,
    input logic rst_n,

    input  logic [31:0] s_apb_paddr,
    input  logic        s_apb_psel,
    input  logic        s_apb_penable,
    input  logic        s_apb_pwrite,
    input  logic [31:0] s_apb_pwdata,
    input  logic [ 3:0] s_apb_pstrb,
    output logic [31:0] s_apb_prdata,
    output logic        s_apb_pready,
    output logic        s_apb_pslverr,
    output logic        irq,

    // Static: what the macro is, and where LMEM lies.
    input logic [15:0] cfg_rows,
    input logic [15:0] cfg_columns,
    input logic [15:0] cfg_rows_per_unit,
    input logic [15:0] cfg_abn_entries,
    input logic [31:0] cfg_macro,
    input logic [31:0] cfg_converter,
    input logic [15:0] cfg_units,
    input logic [15:0] cfg_page_units,
    input logic [ 3:0] cfg_least_weight_bits,
    input logic [ 3:0] cfg_out_bits,
    input logic [ 3:0] cfg_partial_out_bits,
    input logic [63:0] cfg_columns_per_output,
    input logic        cfg_pipelined,
    input logic [31:0] cfg_lmem_base,
    input logic [31:0] cfg_lmem_bytes,

    // LMEM: one port to read, one to write. Any byte addresses.
    output logic         lmem_r_req,
    output logic [ 31:0] lmem_r_addr,
    output logic [ 15:0] lmem_r_strb,
    input  logic         lmem_r_gnt,
    input  logic         lmem_r_valid,
    input  logic [127:0] lmem_r_data,
    output logic         lmem_w_req,
    output logic [ 31:0] lmem_w_addr,
    output logic [127:0] lmem_w_data,
    output logic [ 15:0] lmem_w_strb,
    input  logic         lmem_w_gnt,

    // The macro.
    output logic              mac_check,
    input  logic              mac_checked,
    input  logic              mac_not_written,
    input  logic              mac_no_gain,
    output logic              mac_run,           // a job is under way
    output logic [       7:0] mac_unit_first,
    output logic [       7:0] mac_unit_count,
    output logic [      15:0] mac_column_first,
    output logic [      15:0] mac_window_count,
    output logic [      15:0] mac_outputs,
    output logic [       3:0] mac_in_bits,
    output logic [       3:0] mac_weight_bits,
    output logic [       3:0] mac_out_bits,
    output logic              mac_partial,
    output logic [       8:0] mac_range,
    output logic [      15:0] mac_tile,
    output logic [      15:0] mac_abn_first,
    output logic [8*ROWS-1:0] mac_lines,
    output logic              mac_launch,        // from the next cycle on: lines of another position
    output logic              mac_array_start,
    input  logic              mac_array_done,
    input  logic              mac_last,
    input  logic              mac_skip,
    output logic              mac_conv_start,
    input  logic              mac_conv_done,
    output logic              mac_res_load,
    input  logic [     127:0] mac_res_data,
    output logic              mac_res_take,

    // What happens inside, to look at.
    output logic [ 2:0] obs_status,
    output logic [ 3:0] obs_error_code,
    output logic [31:0] obs_job_cycles,
    output logic        obs_fed,
    output logic        obs_row_ready
);
  leyden_cim_types_pkg::config_t cfg;
  always_comb begin
    cfg.rows = cfg_rows;
    cfg.columns = cfg_columns;
    cfg.rows_per_unit = cfg_rows_per_unit;
    cfg.abn_entries = cfg_abn_entries;
    cfg.macro = cfg_macro;
    cfg.converter = cfg_converter;
    cfg.units = cfg_units;
    cfg.page_units = cfg_page_units;
    cfg.least_weight_bits = cfg_least_weight_bits;
    cfg.out_bits = cfg_out_bits;
    cfg.partial_out_bits = cfg_partial_out_bits;
    cfg.columns_per_output = cfg_columns_per_output;
    cfg.pipelined = cfg_pipelined;
    cfg.lmem_base = cfg_lmem_base;
    cfg.lmem_bytes = cfg_lmem_bytes;
  end

  // 1. Registers and the job's check.
  leyden_cim_types_pkg::job_t registers, job;
  leyden_cim_types_pkg::plan_t plan;
  logic start, busy, done, planning, passed, refused, run_q;
  logic [3:0] refusal;
  leyden_cim_regs regs (
      .clk,
      .rst_n,
      .s_apb_paddr,
      .s_apb_psel,
      .s_apb_penable,
      .s_apb_pwrite,
      .s_apb_pwdata,
      .s_apb_pstrb,
      .s_apb_prdata,
      .s_apb_pready,
      .s_apb_pslverr,
      .cfg,
      .job(registers),
      .start,
      .busy,
      .done,
      .refused,
      .refusal,
      .obs_status,
      .obs_error_code,
      .obs_job_cycles,
      .irq
  );
  leyden_cim_check #(
      .ROWS(ROWS)
  ) check (
      .clk,
      .rst_n,
      .cfg,
      .registers,
      .start,
      .job,
      .plan,
      .planning,
      .mac_check,
      .mac_checked,
      .mac_not_written,
      .mac_no_gain,
      .passed,
      .refused,
      .refusal
  );
  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) run_q <= 1'b0;
    else run_q <= passed || run_q && !done;
  end

  // 2. Feeder and row registers.
  logic write, shift, row_ready, launch;
  logic [15:0] row;
  logic [4:0] bytes;
  logic [127:0] data;
  leyden_cim_feeder feeder (
      .clk,
      .rst_n,
      .job,
      .plan,
      .begin_job(planning),
      .go(passed || run_q),
      .stop(!busy),
      .lmem_r_req,
      .lmem_r_addr,
      .lmem_r_strb,
      .lmem_r_gnt,
      .lmem_r_valid,
      .lmem_r_data,
      .write,
      .shift,
      .row,
      .bytes,
      .data,
      .row_ready,
      .launch,
      .fed(obs_fed)
  );
  leyden_cim_rows #(
      .ROWS(ROWS)
  ) rows (
      .clk,
      .rst_n,
      .clear(passed),
      .write,
      .shift,
      .by(plan.step),
      .row,
      .bytes,
      .data,
      .launch,
      .lines(mac_lines)
  );

  // 3. Phases and results.
  logic [31:0] positions;
  logic writer_free, res_load;
  assign positions = {16'd0, job.out_width} * {16'd0, job.out_height};
  leyden_cim_sequencer sequencer (
      .clk,
      .rst_n,
      .clear(passed),
      .positions,
      .pipelined(cfg.pipelined),
      .row_ready,
      .launch,
      .mac_array_start,
      .mac_array_done,
      .mac_last,
      .mac_skip,
      .mac_conv_start,
      .mac_conv_done,
      .writer_free,
      .res_load
  );
  leyden_cim_writer writer (
      .clk,
      .rst_n,
      .clear(passed),
      .address(job.out_address),
      .stride(job.out_pixel_stride),
      .result_bytes(plan.result_bytes),
      .positions,
      .load(res_load),
      .free(writer_free),
      .done,
      .mac_res_data,
      .mac_res_take,
      .lmem_w_req,
      .lmem_w_addr,
      .lmem_w_data,
      .lmem_w_strb,
      .lmem_w_gnt
  );

  assign mac_run = run_q;
  assign mac_unit_first = job.unit_first;
  assign mac_unit_count = job.unit_count;
  assign mac_column_first = job.column_first;
  assign mac_window_count = job.window_count;
  assign mac_outputs = job.outputs;
  assign mac_in_bits = job.in_bits;
  assign mac_weight_bits = job.weight_bits;
  assign mac_out_bits = job.out_bits;
  assign mac_partial = job.partial;
  assign mac_range = job.range;
  assign mac_tile = job.tile;
  assign mac_abn_first = job.abn_first;
  assign mac_launch = launch;
  assign mac_res_load = res_load;
  assign obs_row_ready = row_ready;

`ifndef SYNTHESIS
  // Word lines change only with a launch.
  assert property (@(posedge clk) disable iff (!rst_n) !launch |=> $stable(mac_lines))
  else $error("word lines change while the array works");
  assert property (@(posedge clk) disable iff (!rst_n) lmem_r_req || lmem_w_req |-> run_q)
  else $error("LMEM is accessed without a job");
  assert property (@(posedge clk) disable iff (!rst_n) done |-> obs_fed)
  else $error("a job ends before its input has been read");
`endif
endmodule
