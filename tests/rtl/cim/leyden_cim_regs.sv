// Registers of the CIM unit (configs/registers/cim.yaml) as an APB slave without wait states.
// A write that comes with an event of the job: the event wins.
module leyden_cim_regs (
    input logic clk,
    input logic rst_n,

    // Whole words, which pstrb divides.
    // verilator lint_off UNUSEDSIGNAL
    input  logic [31:0] s_apb_paddr,
    // verilator lint_on UNUSEDSIGNAL
    input  logic        s_apb_psel,
    input  logic        s_apb_penable,
    input  logic        s_apb_pwrite,
    input  logic [31:0] s_apb_pwdata,
    input  logic [ 3:0] s_apb_pstrb,
    output logic [31:0] s_apb_prdata,
    output logic        s_apb_pready,
    output logic        s_apb_pslverr,

    // A bundle, of which some is for others.
    // verilator lint_off UNUSEDSIGNAL
    input leyden_cim_types_pkg::config_t cfg,
    // verilator lint_on UNUSEDSIGNAL

    output leyden_cim_types_pkg::job_t job,  // as the registers hold it now
    output logic start,                      // for one cycle: BUSY is set by its end
    output logic busy,
    input logic done,                        // for one cycle: the job has ended
    input logic refused,                     // for one cycle: the job was refused
    input logic [3:0] refusal,

    output logic [2:0] obs_status,
    output logic [3:0] obs_error_code,
    output logic [31:0] obs_job_cycles,
    output logic irq
);
  localparam int unsigned WORDS = leyden_cim_pkg::JOB_WORDS;
  localparam logic [11:0] JOB_END = leyden_cim_pkg::JOB_FIRST + 12'(4 * WORDS);

  logic irq_enable_q, busy_q, done_q, error_q;
  logic [3:0] error_code_q;
  logic [31:0] cycles_q, job_cycles_q;
  logic [31:0] words_q[WORDS];

  logic write, in_range, write_ctrl, write_status, write_start;
  logic [11:0] offset;
  assign offset        = {s_apb_paddr[11:2], 2'b00};
  assign in_range      = s_apb_paddr[31:12] == 20'd0;
  assign write         = s_apb_psel && s_apb_penable && s_apb_pwrite && in_range;
  assign write_ctrl    = write && offset == leyden_cim_pkg::CTRL && s_apb_pstrb[0];
  assign write_status  = write && offset == leyden_cim_pkg::STATUS && s_apb_pstrb[0];
  assign write_start   = write_ctrl && s_apb_pwdata[leyden_cim_pkg::CTRL_START_LSB];
  assign start         = write_start && !busy_q;
  assign s_apb_pready  = 1'b1;
  assign s_apb_pslverr = 1'b0;

  logic [31:0] lanes;
  assign lanes = {{8{s_apb_pstrb[3]}}, {8{s_apb_pstrb[2]}}, {8{s_apb_pstrb[1]}}, {8{s_apb_pstrb[0]}}};

  // 1. The job's words.
  logic in_job;
  logic [11:0] job_offset;
  assign in_job     = offset >= leyden_cim_pkg::JOB_FIRST && offset < JOB_END;
  assign job_offset = offset - leyden_cim_pkg::JOB_FIRST;
  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      for (int i = 0; i < WORDS; i++) words_q[i] <= '0;
    end else if (write && in_job) begin
      for (int i = 0; i < WORDS; i++) begin
        if (job_offset == 12'(4 * i)) words_q[i] <= words_q[i] & ~lanes | s_apb_pwdata & lanes;
      end
    end
  end

  // 2. Commands and what becomes of them.
  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      irq_enable_q <= 1'b0;
      busy_q       <= 1'b0;
`ifndef LEYDEN_PLANT_NO_RESET  // a test plants an error
      done_q       <= 1'b0;
`endif
      error_q      <= 1'b0;
      error_code_q <= leyden_cim_types_pkg::ERROR_NONE;
      cycles_q     <= '0;
      job_cycles_q <= '0;
    end else begin
      if (write_ctrl) irq_enable_q <= s_apb_pwdata[leyden_cim_pkg::CTRL_IRQ_ENABLE_LSB];
      if (write_status) begin
        if (s_apb_pwdata[leyden_cim_pkg::STATUS_DONE_LSB]) done_q <= 1'b0;
        if (s_apb_pwdata[leyden_cim_pkg::STATUS_ERROR_LSB]) error_q <= 1'b0;
        if (s_apb_pwdata[leyden_cim_pkg::STATUS_ERROR_LSB] || !error_q) begin
          error_code_q <= leyden_cim_types_pkg::ERROR_NONE;
        end
      end
      cycles_q <= cycles_q + 32'd1;
      if (start) begin
        busy_q   <= 1'b1;
        cycles_q <= '0;
      end
      if (write_start && busy_q) begin
        error_q      <= 1'b1;
        error_code_q <= leyden_cim_types_pkg::ERROR_BUSY;
      end
      if (done) begin
        busy_q       <= 1'b0;
        done_q       <= 1'b1;
        job_cycles_q <= cycles_q + 32'd1;
      end
      if (refused) begin
        busy_q       <= 1'b0;
        error_q      <= 1'b1;
        error_code_q <= refusal;
      end
    end
  end

  // 3. What is read.
  always_comb begin
    s_apb_prdata = '0;
    if (in_range) begin
      case (offset)
        leyden_cim_pkg::ID: s_apb_prdata = leyden_cim_pkg::ID_RESET;
        leyden_cim_pkg::CTRL: s_apb_prdata[leyden_cim_pkg::CTRL_IRQ_ENABLE_LSB] = irq_enable_q;
        leyden_cim_pkg::STATUS: s_apb_prdata[2:0] = obs_status;
        leyden_cim_pkg::ERROR_CODE: s_apb_prdata[3:0] = error_code_q;
        leyden_cim_pkg::GEOMETRY: s_apb_prdata = {cfg.columns, cfg.rows};
        leyden_cim_pkg::UNITS: s_apb_prdata = {cfg.abn_entries, cfg.rows_per_unit};
        leyden_cim_pkg::JOB_CYCLES: s_apb_prdata = job_cycles_q;
        leyden_cim_pkg::MACRO: s_apb_prdata = cfg.macro;
        leyden_cim_pkg::CONVERTER: s_apb_prdata = cfg.converter;
        default:
        for (int i = 0; i < WORDS; i++) begin
          if (in_job && job_offset == 12'(4 * i)) s_apb_prdata = words_q[i];
        end
      endcase
    end
  end

  always_comb begin
    obs_status = '0;
    obs_status[leyden_cim_pkg::STATUS_BUSY_LSB] = busy_q;
    obs_status[leyden_cim_pkg::STATUS_DONE_LSB] = done_q;
    obs_status[leyden_cim_pkg::STATUS_ERROR_LSB] = error_q;
  end
  assign busy           = busy_q;
  assign obs_error_code = error_code_q;
  assign obs_job_cycles = job_cycles_q;
  assign irq            = irq_enable_q && (done_q || error_q);

  // 4. The words' fields.
  logic [32*WORDS-1:0] words;
  always_comb begin
    for (int i = 0; i < WORDS; i++) words[32*i+:32] = words_q[i];
  end
  leyden_cim_fields fields (
      .words(words),
      .job  (job)
  );

`ifndef SYNTHESIS
  // A job ends once, and only one that runs.
  assert property (@(posedge clk) disable iff (!rst_n) done |-> busy_q && !refused)
  else $error("a job ends that does not run");
  assert property (@(posedge clk) disable iff (!rst_n) refused |-> busy_q)
  else $error("a job is refused that was not started");
`endif
endmodule
