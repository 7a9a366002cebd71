"""Trains the network of training.bench.ts with PyTorch: one epoch for every line read, its seconds printed.

Run by the benchmark: python3 torch-epochs.py THREADS ROWS BATCH
"""

import sys
import time

import torch

threads, rows, batch = map(int, sys.argv[1:4])
torch.set_num_threads(threads)
torch.manual_seed(1)
LENGTH, TAGS = 32, 8
frames = torch.sin(torch.arange(rows).float()[:, None] / (7 + torch.arange(TAGS).float()))
windows = frames.unfold(0, LENGTH, 1).transpose(1, 2).reshape(-1, LENGTH * TAGS).contiguous()
sizes = [LENGTH * TAGS, 128, 16, 128, LENGTH * TAGS]
layers = []
for inputs, outputs in zip(sizes, sizes[1:]):
    layers += [torch.nn.Linear(inputs, outputs), torch.nn.Tanh()]
network = torch.nn.Sequential(*layers[:-1])
adam = torch.optim.Adam(network.parameters(), lr=1e-3)

print("ready", flush=True)
for _ in sys.stdin:
    started = time.perf_counter()
    order = torch.randperm(len(windows))
    for first in range(0, len(windows) - batch + 1, batch):
        picked = windows[order[first : first + batch]]
        loss = ((network(picked) - picked) ** 2).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    print(time.perf_counter() - started, flush=True)
