// Walks over what a job's windows take from its input and cuts it into beats: of every position the
// elements that the row registers do not have yet, in their order, up to 16 in a beat, which lie side
// by side in LMEM. Elements of the padding have a beat's place too.
//
// A window is a number of kernel rows, of which the first and the last can be cut (row splits). A
// kernel row is one segment where pixels lie side by side, else a segment a tap.
module leyden_cim_walk (
    input logic clk,
    input logic rst_n,

    // A bundle, of which some is for others.
    // verilator lint_off UNUSEDSIGNAL
    input leyden_cim_types_pkg::job_t job,
    input leyden_cim_types_pkg::plan_t plan,
    // verilator lint_on UNUSEDSIGNAL
    input logic begin_job,  // job and, from the next cycle on, plan stay until its end
    input logic go,         // the job is a good one: beats may come
    input logic stop,

    output logic        valid,
    input  logic        ready,
    output logic [31:0] address,  // of the beat's first element
    output logic [15:0] lanes,   // lanes with an element of the input
    output logic [ 4:0] bytes,    // elements, padding too
    output logic [15:0] row,      // word line of the first
    output logic        first,    // of its position
    output logic        shifted,  // the position begins with a shift
    output logic        last,     // of its position
    output logic        ended     // no beat is left
);
  typedef enum logic [1:0] {
    IDLE,
    SEEK,
    FEED
  } state_t;
  state_t state_q;

  // 1. Where the window begins in its first kernel row: found once a job, by subtraction.
  logic [23:0] seek_element_q, seek_channel_q;  // in its kernel row; in its tap
  logic [31:0] seek_row_bytes_q, seek_tap_bytes_q;
  logic signed [17:0] seek_x_q, seek_y_q;
  logic in_rows, in_taps, found;
  assign in_rows = seek_element_q >= plan.run;
  assign in_taps = !in_rows && !plan.dense && seek_channel_q >= plan.segment;
  assign found   = !in_rows && !in_taps;
  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      seek_element_q <= '0;
      seek_channel_q <= '0;
      seek_row_bytes_q <= '0;
      seek_tap_bytes_q <= '0;
      seek_x_q <= '0;
      seek_y_q <= '0;
    end else if (begin_job) begin
      seek_element_q <= {8'd0, job.window_first};
      seek_channel_q <= {8'd0, job.window_first};
      seek_row_bytes_q <= '0;
      seek_tap_bytes_q <= '0;
      seek_x_q <= '0;
      seek_y_q <= '0;
    end else if (state_q == SEEK && in_rows) begin
      seek_element_q <= seek_element_q - plan.run;
      seek_channel_q <= seek_channel_q - plan.run;
      seek_row_bytes_q <= seek_row_bytes_q + plan.row_bytes;
      seek_y_q <= seek_y_q + $signed({13'd0, job.dilation_y});
    end else if (state_q == SEEK && in_taps) begin
      seek_channel_q <= seek_channel_q - plan.segment;
      seek_tap_bytes_q <= seek_tap_bytes_q + plan.tap_bytes;
      seek_x_q <= seek_x_q + $signed({13'd0, job.dilation_x});
    end
  end

  // 2. State: position, kernel row, segment, beat.
  logic [15:0] out_x_q, out_y_q;
  logic signed [17:0] x_q, y_q;         // pixel of the window's first tap
  logic signed [34:0] element_q;        // x_q in elements
  logic [31:0] window_q, row_window_q;  // address of the window, of the output row's first one
  logic shifted_q, first_q;
  logic [31:0] run_address_q;
  logic signed [17:0] run_y_q;
  logic [15:0] left_q, piece_q;  // elements of the window from this kernel row on; of this row
  logic [31:0] tap_address_q;
  logic signed [17:0] tap_x_q;
  logic [23:0] channel_q;        // in the segment
  logic [15:0] skip_q, rest_q;   // elements of this kernel row to pass by, then to bring
  logic [15:0] row_q;

  // 3. The present beat.
  logic [23:0] segment_left;
  logic skipping, skip_segment;
  logic [4:0] count;
  assign segment_left = plan.segment - channel_q;
  assign skipping     = skip_q != '0;
  assign skip_segment = {8'd0, skip_q} >= segment_left;
  always_comb begin
    count = 5'd16;
    if (rest_q < 16'd16) count = {1'b0, rest_q[3:0]};
    if (segment_left < {19'd0, count}) count = segment_left[4:0];
  end

  logic signed [34:0] lane0, behind;
  logic line_inside, tap_inside;
  logic [4:0] low, high;
  assign lane0 = element_q + $signed({11'd0, channel_q});
  assign behind = $signed({3'd0, plan.line_bytes}) - lane0;
  assign line_inside = run_y_q >= 18'sd0 && run_y_q < $signed({2'b00, job.in_height});
  assign tap_inside = tap_x_q >= 18'sd0 && tap_x_q < $signed({2'b00, job.in_width});
  always_comb begin
    low = 5'd0;
    if (lane0 <= -35'sd16) low = 5'd16;
    else if (lane0 < 35'sd0) low = 5'd0 - lane0[4:0];
    high = 5'd16;
    if (behind <= 35'sd0) high = 5'd0;
    else if (behind < 35'sd16) high = behind[4:0];
  end

  logic [15:0] here, dense_inside;
  assign here         = count[4] ? 16'hffff : (16'd1 << count[3:0]) - 16'd1;
  assign dense_inside = (low[4] ? 16'h0000 : 16'hffff << low[3:0]) &
                        (high[4] ? 16'hffff : (16'd1 << high[3:0]) - 16'd1);

  logic row_ends, window_ends, all_end;
  assign row_ends    = rest_q == {11'd0, count};
  assign window_ends = left_q == piece_q;
  assign all_end     = out_x_q + 16'd1 == job.out_width && out_y_q + 16'd1 == job.out_height;

  assign valid   = state_q == FEED && !skipping;
  assign address = tap_address_q + {8'd0, channel_q};
  assign lanes  = !line_inside ? 16'd0
                   : plan.dense ? dense_inside & here : tap_inside ? here : 16'd0;
  assign bytes   = count;
  assign row     = row_q;
  assign first   = first_q;
  assign shifted = shifted_q;
  assign last    = row_ends && window_ends;
  assign ended   = state_q == IDLE;

  // 4. What comes next: a kernel row of this window, or the first one of another.
  logic new_window, new_row, new_line;
  assign new_window = state_q == SEEK && found && go || valid && ready && last;
  assign new_row    = valid && ready && row_ends && !window_ends;
  assign new_line   = out_x_q + 16'd1 == job.out_width;

  logic [31:0] next_window, next_row_window;
  logic signed [17:0] next_x, next_y;
  logic signed [34:0] next_element;
  logic next_shifted;
  always_comb begin
    next_row_window = row_window_q;
    next_x = x_q + $signed({10'd0, job.stride_x});
    next_y = y_q;
    next_element = element_q + $signed({11'd0, plan.step});
    next_window = window_q + plan.right_bytes;
    next_shifted = plan.shifts;
    if (new_line || state_q != FEED) begin
      next_row_window = row_window_q + plan.down_bytes;
      next_y = y_q + $signed({10'd0, job.stride_y});
      if (state_q != FEED) begin
        next_row_window = plan.origin;
        next_y = -$signed({10'd0, job.pad_top});
      end
      next_x = -$signed({10'd0, job.pad_left});
      next_element = -$signed({2'd0, plan.left_elements});
      next_window = next_row_window;
      next_shifted = 1'b0;
    end
  end

  // The kernel row that begins: what of it is there, and what comes in.
  logic load_shifted, whole_row;
  logic signed [17:0] load_x;
  logic [31:0] load_address;
  logic [15:0] load_left, load_row, piece, fresh, skip;
  logic [23:0] from, until_end;
  assign load_shifted = new_window ? next_shifted : shifted_q;
  assign load_x       = new_window ? next_x : x_q;
  assign load_address = new_window ? next_window + seek_row_bytes_q
                                   : run_address_q + plan.row_bytes;
  assign load_left    = new_window ? job.window_count : left_q - piece_q;
  assign load_row     = new_window ? plan.first_row : row_q + {11'd0, count};
  assign from         = new_window ? seek_element_q : 24'd0;
  assign until_end    = plan.run - from;
  assign piece        = until_end < {8'd0, load_left} ? until_end[15:0] : load_left;
  assign fresh        = load_shifted && plan.step < {8'd0, piece} ? plan.step[15:0] : piece;
  assign skip         = piece - fresh;
  assign whole_row    = load_shifted && from == '0 && {8'd0, piece} == plan.run;

  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      state_q <= IDLE;
      out_x_q <= '0;
      out_y_q <= '0;
      x_q <= '0;
      y_q <= '0;
      element_q <= '0;
      window_q <= '0;
      row_window_q <= '0;
      shifted_q <= 1'b0;
      first_q <= 1'b0;
      run_address_q <= '0;
      run_y_q <= '0;
      left_q <= '0;
      piece_q <= '0;
      tap_address_q <= '0;
      tap_x_q <= '0;
      channel_q <= '0;
      skip_q <= '0;
      rest_q <= '0;
      row_q <= '0;
    end else if (stop) begin
      state_q <= IDLE;
    end else begin
      if (begin_job) begin
        state_q <= SEEK;
        out_x_q <= '0;
        out_y_q <= '0;
      end
      // A beat, or a step over elements that the registers have.
      if (valid && ready) begin
        first_q <= 1'b0;
        rest_q  <= rest_q - {11'd0, count};
        row_q   <= row_q + {11'd0, count};
      end
      if (state_q == FEED && skipping) skip_q <= skip_segment ? skip_q - segment_left[15:0] : '0;
      if (state_q == FEED && (skipping ? skip_segment : ready && {19'd0, count} == segment_left)) begin
        tap_address_q <= tap_address_q + plan.tap_bytes;
        tap_x_q <= tap_x_q + $signed({13'd0, job.dilation_x});
        channel_q <= '0;
      end else if (state_q == FEED && skipping) begin
        channel_q <= channel_q + {8'd0, skip_q};
      end else if (valid && ready) begin
        channel_q <= channel_q + {19'd0, count};
      end
      // A window.
      if (new_window) begin
        state_q <= FEED;
        if (state_q == FEED) begin
          if (all_end) state_q <= IDLE;
          out_x_q <= new_line ? 16'd0 : out_x_q + 16'd1;
          if (new_line) out_y_q <= out_y_q + 16'd1;
        end
        x_q <= next_x;
        y_q <= next_y;
        element_q <= next_element;
        window_q <= next_window;
        row_window_q <= next_row_window;
        shifted_q <= next_shifted;
        first_q <= 1'b1;
      end
      // A kernel row.
      if (new_window || new_row) begin
        run_address_q <= load_address;
        run_y_q <= new_window ? next_y + seek_y_q : run_y_q + $signed({13'd0, job.dilation_y});
        left_q <= load_left;
        piece_q <= piece;
        rest_q <= fresh;
        row_q <= load_row + skip;
        skip_q <= '0;
        if (plan.dense) begin
          tap_address_q <= load_address;
          tap_x_q <= load_x;
          channel_q <= from + {8'd0, skip};
        end else if (whole_row) begin
          tap_address_q <= load_address + plan.fresh_bytes;
          tap_x_q <= load_x + $signed({10'd0, job.kernel_width}) - $signed({10'd0, job.stride_x});
          channel_q <= '0;
        end else begin
          tap_address_q <= load_address + (new_window ? seek_tap_bytes_q : 32'd0);
          tap_x_q <= load_x + (new_window ? seek_x_q : 18'sd0);
          channel_q <= new_window ? seek_channel_q : 24'd0;
          skip_q <= skip;
        end
      end
    end
  end

`ifndef SYNTHESIS
  assert property (@(posedge clk) disable iff (!rst_n)
                   valid |-> bytes != 5'd0 && bytes <= 5'd16 && (lanes & ~here) == 16'd0)
  else $error("a beat of the feeder has no bytes, too many, or lanes that are not its own");
  assert property (@(posedge clk) disable iff (!rst_n)
                   valid && !ready && !stop |=> valid && $stable(address) && $stable(row))
  else $error("a beat of the feeder changes before it is taken");
`endif
endmodule
