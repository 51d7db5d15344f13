// The questions that have to do with Go's collector, which empties a sync.Pool: PoolExpensiveNewBenchmark, and what stands
// in Go for PoolCyclePauseBenchmark.
package benchmarks

import (
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"sort"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	newTakes     = time.Millisecond
	garbageBytes = 32 << 10
)

var garbage atomic.Pointer[[]byte] // makes it escape

// BenchmarkPoolExpensiveNew: 100 gets, 32 KiB of garbage made with each item, 100 puts. One op is all of it. There is an item
// for each at first, which is not counted as a miss.
func BenchmarkPoolExpensiveNew(b *testing.B) {
	var misses atomic.Int64
	pool := &sync.Pool{New: func() any {
		misses.Add(1)
		time.Sleep(newTakes)
		return new(item)
	}}
	for i := 0; i < items*runtime.GOMAXPROCS(0); i++ {
		pool.Put(new(item))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		held := make([]*item, items)
		for pb.Next() {
			for i := range held {
				held[i] = pool.Get().(*item)
				bytes := make([]byte, garbageBytes)
				garbage.Store(&bytes)
			}
			put(pool, held, items)
		}
	})
	b.StopTimer()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(misses.Load())/float64(b.N*items), "misses/get")
	b.ReportMetric(float64(after.NumGC-before.NumGC)/float64(b.N), "collections/op")
}

// BenchmarkPoolPause: for how long a collection stops all that runs, with nothing in the pool and with 100,000 items. One op is
// the whole collection, most of which runs beside the program.
func BenchmarkPoolPause(b *testing.B) {
	for _, idle := range []int{0, 100_000} {
		b.Run(fmt.Sprintf("idle=%d", idle), func(b *testing.B) { collect(b, idle) })
	}
}

func collect(b *testing.B, idle int) {
	pool := newPool()
	pooled := make([]item, idle)
	pauses := make([]time.Duration, b.N)
	var stats debug.GCStats
	for i := range pauses {
		b.StopTimer()
		for j := range pooled {
			pool.Put(&pooled[j])
		}
		b.StartTimer()
		runtime.GC()
		b.StopTimer()
		debug.ReadGCStats(&stats)
		pauses[i] = stats.Pause[0] // the last
		b.StartTimer()
	}
	b.StopTimer()
	runtime.KeepAlive(pool)
	sort.Slice(pauses, func(i, j int) bool { return pauses[i] < pauses[j] })
	for _, percent := range []float64{50, 95, 100} {
		last := int(math.Ceil(percent/100*float64(len(pauses)))) - 1
		b.ReportMetric(float64(pauses[last].Nanoseconds()), fmt.Sprintf("p%.0f-ns/pause", percent))
	}
}
