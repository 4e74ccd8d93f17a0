// The controller as it stands in the virtual chip: the macro behind its port is a model in C++. What
// drives the word lines goes to it by a function call a position, not over thousands of pins.
module leyden_cim_block #(
    parameter int unsigned ROWS = 1152
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

    output logic         mac_check,
    input  logic         mac_checked,
    input  logic         mac_not_written,
    input  logic         mac_no_gain,
    output logic         mac_run,
    output logic [  7:0] mac_unit_first,
    output logic [  7:0] mac_unit_count,
    output logic [ 15:0] mac_column_first,
    output logic [ 15:0] mac_window_count,
    output logic [ 15:0] mac_outputs,
    output logic [  3:0] mac_in_bits,
    output logic [  3:0] mac_weight_bits,
    output logic [  3:0] mac_out_bits,
    output logic         mac_partial,
    output logic [  8:0] mac_range,
    output logic [ 15:0] mac_tile,
    output logic [ 15:0] mac_abn_first,
    output logic         mac_launch,
    output logic         mac_array_start,
    input  logic         mac_array_done,
    input  logic         mac_last,
    input  logic         mac_skip,
    output logic         mac_conv_start,
    input  logic         mac_conv_done,
    output logic         mac_res_load,
    input  logic [127:0] mac_res_data,
    output logic         mac_res_take,

    output logic [ 2:0] obs_status,
    output logic [ 3:0] obs_error_code,
    output logic [31:0] obs_job_cycles,
    output logic        obs_fed,
    output logic        obs_row_ready,

    input logic [63:0] mac_model  // the model that gets the lines
);
  import "DPI-C" function void leyden_cim_word_lines(
    input longint unsigned model,
    input bit [8*ROWS-1:0] lines
  );

  logic [8*ROWS-1:0] mac_lines;
  logic launched_q;
  leyden_cim #(
      .ROWS(ROWS)
  ) cim (
      .*
  );

  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) launched_q <= 1'b0;
    else launched_q <= mac_launch;
  end
  always_ff @(posedge clk) begin
    if (launched_q) leyden_cim_word_lines(mac_model, mac_lines);
  end
endmodule
