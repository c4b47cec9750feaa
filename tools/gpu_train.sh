#!/usr/bin/env bash
# Train the demo model's wider successor on a GPU machine that is at hand for some minutes, then measure it. Build the
# data before (python -m training data --gpu) and bring training/runs/demo/gpu_data, training/runs/demo/tokenizer.json
# and .whl/ along. Arguments go to `python -m training.gpu`. Results go to $OUT: the weights in parts, renewed every
# 30 s (cat demo.pth.?? >demo.pth), log.jsonl, train.log and eval.log.
set -u
. "$(dirname "$0")/gpu_env.sh"
RUN=${RUN:-training/runs/demo}

timeout -k 20 "$((${TRAIN_SECONDS:-330} + 150))" python3 -m training.gpu --run "$RUN" --out "$OUT" \
  --seconds "${TRAIN_SECONDS:-330}" "$@" 2>&1 | tee "$OUT/train.log"
trained=${PIPESTATUS[0]}

model=$(mktemp -d)
cat "$OUT"/demo.pth.?? >"$model/demo.pth" && cp "$RUN/tokenizer.json" "$model/" || exit 1
timeout "${EVAL_SECONDS:-90}" python3 -m training eval --quick --model "$model" --threads 8 2>&1 | tee "$OUT/eval.log"
exit "$trained"
