// The questions of PoolGetPutBenchmark, PoolOverflowBenchmark and PoolStarvationBenchmark, asked of Go's sync.Pool.
package benchmarks

import (
	"sync"
	"testing"
)

const (
	items = 100 // what one worker has out
	puts  = 67  // of them, where the pool never has enough
)

// item is about as large as the PoolItem of the Java side.
type item struct {
	state [3]uint64
}

func newPool() *sync.Pool {
	return &sync.Pool{New: func() any { return new(item) }}
}

// fill gets until all of held is there.
func fill(pool *sync.Pool, held []*item) {
	for i := range held {
		if held[i] == nil {
			held[i] = pool.Get().(*item)
		}
	}
}

// put puts the last n of held.
func put(pool *sync.Pool, held []*item, n int) {
	for i := len(held) - n; i < len(held); i++ {
		pool.Put(held[i])
		held[i] = nil
	}
}

// BenchmarkPoolGetPut: a put, then a get. One op is the pair.
func BenchmarkPoolGetPut(b *testing.B) {
	pool := newPool()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		held := pool.Get().(*item)
		for pb.Next() {
			pool.Put(held)
			held = pool.Get().(*item)
		}
	})
}

// BenchmarkPoolOverflow: 100 puts, then 100 gets. One op is all 200.
func BenchmarkPoolOverflow(b *testing.B) {
	pool := newPool()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		held := make([]*item, items)
		fill(pool, held)
		for pb.Next() {
			put(pool, held, items)
			fill(pool, held)
		}
	})
}

// BenchmarkPoolStarvation: 67 puts, 33 items forgotten, then 100 gets. One op is all 167.
func BenchmarkPoolStarvation(b *testing.B) {
	pool := newPool()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		held := make([]*item, items)
		fill(pool, held)
		for pb.Next() {
			put(pool, held, puts)
			for i := 0; i < items-puts; i++ {
				held[i] = nil
			}
			fill(pool, held)
		}
	})
}
