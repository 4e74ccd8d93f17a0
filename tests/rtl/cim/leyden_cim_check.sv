// Checks a job and works out what feeder and writer need of it, in three cycles from the start. The
// errors and their order are those of the model (docs/models/cim.md). Multipliers are not shared: a
// job of one position would else last noticeably longer.
module leyden_cim_check #(
    parameter int unsigned ROWS = 1152  // word lines
) (
    input logic clk,
    input logic rst_n,

    // A bundle, of which some is for others.
    // verilator lint_off UNUSEDSIGNAL
    input leyden_cim_types_pkg::config_t cfg,
    // verilator lint_on UNUSEDSIGNAL
    input leyden_cim_types_pkg::job_t registers,
    input logic start,  // takes the job over

    output leyden_cim_types_pkg::job_t job,    // the job under way
    output leyden_cim_types_pkg::plan_t plan,  // from the cycle after `planning` on
    output logic planning,                     // for one cycle

    // What only the macro knows: asked with mac_check, answered with mac_checked.
    output logic mac_check,
    input  logic mac_checked,
    input  logic mac_not_written,
    input  logic mac_no_gain,

    output logic passed,  // for one cycle
    output logic refused,
    output logic [3:0] refusal
);
  // Most padding a job can have before its input; as much may lie behind it.
  localparam logic [24:0] MOST_PADDING = 25'd255;

  // 1. The job, and where its check is.
  leyden_cim_types_pkg::job_t job_q;
  logic [2:0] stage_q;  // one bit a cycle
  logic answered_q, not_written_q, no_gain_q;
  logic deciding, answered;
  assign deciding = stage_q[2];
  assign answered = answered_q || mac_checked;
  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      job_q <= '0;
      stage_q <= '0;
      answered_q <= 1'b0;
      not_written_q <= 1'b0;
      no_gain_q <= 1'b0;
    end else begin
      if (start) job_q <= registers;
      stage_q <= {stage_q[1] || deciding && !answered, stage_q[0], start};
      if (start) answered_q <= 1'b0;
      if (mac_checked) begin
        answered_q <= 1'b1;
        not_written_q <= mac_not_written;
        no_gain_q <= mac_no_gain;
      end
    end
  end
  assign mac_check = stage_q[0];
  assign planning = stage_q[1];
  assign job = job_q;

  // 2. Products of fields, then products of those.
  logic [15:0] taps_q;
  logic [23:0] run_q, step_q;
  logic [31:0] line_q, in_pixels_q, out_pixels_q;
  logic [31:0] columns_q;
  logic [23:0] line_rows_q;
  logic [23:0] last_x_q, last_y_q;
  logic [31:0] right_q, tap_q, fresh_q;
  logic [24:0] pad_bytes_q, pad_elements_q;
  logic [31:0] window_q;
  logic [47:0] in_span_q, out_span_q;
  logic [31:0] down_q, row_q, origin_q;
  logic [15:0] page_unit_q;
  logic [23:0] first_row_q;
  logic [7:0] columns_each;
  logic [7:0] taps_before;  // of a kernel row, that a shift brings
  assign columns_each = cfg.columns_per_output[{job_q.weight_bits[2:0]-3'd1, 3'd0}+:8];
  assign taps_before  = job_q.kernel_width - job_q.stride_x;
  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      taps_q <= '0;
      run_q <= '0;
      step_q <= '0;
      line_q <= '0;
      in_pixels_q <= '0;
      out_pixels_q <= '0;
      columns_q <= '0;
      line_rows_q <= '0;
      last_x_q <= '0;
      last_y_q <= '0;
      right_q <= '0;
      tap_q <= '0;
      fresh_q <= '0;
      pad_bytes_q <= '0;
      pad_elements_q <= '0;
      page_unit_q <= '0;
      window_q <= '0;
      in_span_q <= '0;
      out_span_q <= '0;
      down_q <= '0;
      row_q <= '0;
      origin_q <= '0;
      first_row_q <= '0;
    end else begin
      if (stage_q[0]) begin
        taps_q <= {8'd0, job_q.kernel_width} * {8'd0, job_q.kernel_height};
        run_q <= {16'd0, job_q.kernel_width} * {8'd0, job_q.in_channels};
        step_q <= {16'd0, job_q.stride_x} * {8'd0, job_q.in_channels};
        line_q <= {16'd0, job_q.in_width} * {16'd0, job_q.in_pixel_stride};
        in_pixels_q <= {16'd0, job_q.in_width} * {16'd0, job_q.in_height};
        out_pixels_q <= {16'd0, job_q.out_width} * {16'd0, job_q.out_height};
        columns_q <= {16'd0, job_q.outputs} * {24'd0, columns_each};
        line_rows_q <= {16'd0, job_q.unit_count} * {8'd0, cfg.rows_per_unit};
        last_x_q <= {8'd0, job_q.out_width - 16'd1} * {16'd0, job_q.stride_x};
        last_y_q <= {8'd0, job_q.out_height - 16'd1} * {16'd0, job_q.stride_y};
        right_q <= {24'd0, job_q.stride_x} * {16'd0, job_q.in_pixel_stride};
        tap_q <= {27'd0, job_q.dilation_x} * {16'd0, job_q.in_pixel_stride};
        fresh_q <= {24'd0, taps_before} * {16'd0, job_q.in_pixel_stride};
        pad_bytes_q <= {17'd0, job_q.pad_left} * {9'd0, job_q.in_pixel_stride};
        pad_elements_q <= {17'd0, job_q.pad_left} * {9'd0, job_q.in_channels};
        page_unit_q <= cfg.page_units == 16'd0 ? '0 : {8'd0, job_q.unit_first} % cfg.page_units;
      end
      if (stage_q[1]) begin
        window_q <= {16'd0, taps_q} * {16'd0, job_q.in_channels};
        in_span_q <= {16'd0, in_pixels_q - 32'd1} * {32'd0, job_q.in_pixel_stride};
        out_span_q <= {16'd0, out_pixels_q - 32'd1} * {32'd0, job_q.out_pixel_stride};
        down_q <= {24'd0, job_q.stride_y} * line_q;
        row_q <= {27'd0, job_q.dilation_y} * line_q;
        origin_q <= job_q.in_address - {24'd0, job_q.pad_top} * line_q - {7'd0, pad_bytes_q};
        first_row_q <= {8'd0, page_unit_q} * {8'd0, cfg.rows_per_unit};
      end
    end
  end

  always_comb begin
    plan.dense = job_q.in_pixel_stride == job_q.in_channels && job_q.dilation_x == 5'd1;
    plan.shifts = job_q.dilation_x == 5'd1 && job_q.stride_x < job_q.kernel_width &&
                  step_q < {8'd0, job_q.window_count};
    plan.segment = plan.dense ? run_q : {8'd0, job_q.in_channels};
    plan.run = run_q;
    plan.step = step_q;
    plan.line_bytes = line_q;
    plan.origin = origin_q;
    plan.right_bytes = right_q;
    plan.down_bytes = down_q;
    plan.tap_bytes = tap_q;
    plan.row_bytes = row_q;
    plan.fresh_bytes = fresh_q;
    plan.left_elements = {8'd0, pad_elements_q};
    plan.result_bytes = job_q.partial ? {job_q.outputs, 2'b00} : {2'b00, job_q.outputs};
    plan.first_row = first_row_q[15:0];
  end

  // 3. What is wrong, the first that applies.
  logic imprecise, misshapen, outside_array, outside_abn, outside_lmem;
  logic [ 3:0] most_out_bits;
  logic [ 8:0] highest_range;
  logic [16:0] window_end;
  logic [16:0] abn_end;
  logic [33:0] in_end, out_end, lmem_end;
  logic in_outside, out_outside;
  assign most_out_bits = job_q.partial ? cfg.partial_out_bits : cfg.out_bits;
  assign window_end = {1'b0, job_q.window_first} + {1'b0, job_q.window_count};
  assign abn_end = {1'b0, job_q.abn_first} + {1'b0, job_q.outputs};

  assign highest_range = 9'd1 << cfg.converter[leyden_cim_pkg::CONVERTER_RANGE_BITS_LSB+:4];
  assign imprecise =
      job_q.in_bits == 4'd0 || job_q.in_bits > cfg.macro[leyden_cim_pkg::MACRO_IN_BITS_LSB+:4] ||
      job_q.weight_bits == 4'd0 ||
      job_q.weight_bits > cfg.macro[leyden_cim_pkg::MACRO_WEIGHT_BITS_LSB+:4] ||
      job_q.weight_bits < cfg.least_weight_bits || job_q.out_bits == 4'd0 ||
      job_q.out_bits > most_out_bits || job_q.range > highest_range;

  assign misshapen =
      job_q.in_width == '0 || job_q.in_height == '0 || job_q.in_channels == '0 ||
      job_q.kernel_width == '0 || job_q.kernel_height == '0 ||
      job_q.stride_x == '0 || job_q.stride_y == '0 ||
      job_q.out_width == '0 || job_q.out_height == '0 || job_q.outputs == '0 ||
      job_q.in_pixel_stride < job_q.in_channels ||
      {2'b00, job_q.out_pixel_stride} < plan.result_bytes ||
      job_q.partial && job_q.out_pixel_stride[1:0] != 2'b00 ||
      job_q.window_count == '0 || {15'd0, window_end} > window_q ||
      {1'b0, last_x_q} >= {9'd0, job_q.in_width} + {17'd0, job_q.pad_left} + MOST_PADDING ||
      {1'b0, last_y_q} >= {9'd0, job_q.in_height} + {17'd0, job_q.pad_top} + MOST_PADDING;

  assign outside_array =
      job_q.unit_count == '0 || {8'd0, job_q.unit_first} >= cfg.units ||
      {1'b0, page_unit_q} + {9'd0, job_q.unit_count} > {1'b0, cfg.page_units} ||
      {8'd0, job_q.window_count} > line_rows_q ||
      {17'd0, job_q.column_first} + {1'b0, columns_q} > {17'd0, cfg.columns} ||
      {1'b0, first_row_q} + {9'd0, job_q.window_count} > 25'(ROWS);

  assign outside_abn = cfg.macro[leyden_cim_pkg::MACRO_POST_LSB+:2] != 2'd0 &&
                       abn_end > {1'b0, cfg.abn_entries};

  // Ends behind 2^33 are outside whatever LMEM is.
  assign lmem_end = {2'b00, cfg.lmem_base} + {2'b00, cfg.lmem_bytes};
  assign in_end = {2'b00, job_q.in_address} + {1'b0, in_span_q[32:0]} + {18'd0, job_q.in_channels};
  assign out_end = {2'b00, job_q.out_address} + {1'b0, out_span_q[32:0]} +
                   {16'd0, plan.result_bytes};
  assign in_outside = job_q.in_address < cfg.lmem_base || in_span_q[47:33] != '0 ||
                      in_end > lmem_end;
  assign out_outside = job_q.out_address < cfg.lmem_base || out_span_q[47:33] != '0 ||
                       out_end > lmem_end;
  assign outside_lmem = in_outside || out_outside;

  logic not_written, no_gain;
  assign not_written = mac_checked ? mac_not_written : not_written_q;
  assign no_gain = mac_checked ? mac_no_gain : no_gain_q;
  always_comb begin
    refusal = leyden_cim_types_pkg::ERROR_NONE;
    if (imprecise) refusal = leyden_cim_types_pkg::ERROR_PRECISION;
    else if (misshapen) refusal = leyden_cim_types_pkg::ERROR_SHAPES;
    else if (outside_array) refusal = leyden_cim_types_pkg::ERROR_OUTSIDE_ARRAY;
    else if (outside_abn) refusal = leyden_cim_types_pkg::ERROR_ABN;
    else if (outside_lmem) refusal = leyden_cim_types_pkg::ERROR_OUTSIDE_LMEM;
    else if (not_written) refusal = leyden_cim_types_pkg::ERROR_NOT_WRITTEN;
    else if (no_gain) refusal = leyden_cim_types_pkg::ERROR_ABN;
  end
  assign passed  = deciding && answered && refusal == leyden_cim_types_pkg::ERROR_NONE;
  assign refused = deciding && answered && refusal != leyden_cim_types_pkg::ERROR_NONE;
endmodule
