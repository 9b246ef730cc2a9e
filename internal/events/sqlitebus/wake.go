package sqlitebus

import "sync"

// waker tells those of this process who wait for events that there are some: by the name
// of the consumer, so that nobody looks for what is another's. All feeds share one name.
type waker struct {
	mu      sync.Mutex
	waiting map[string]chan struct{}
}

// next is closed when there is next something for a name. Ask for it before looking.
func (w *waker) next(name string) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	news, ok := w.waiting[name]
	if !ok {
		news = make(chan struct{})
		w.waiting[name] = news
	}
	return news
}

// wake tells all who wait under the names.
func (w *waker) wake(names ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, name := range names {
		if news, ok := w.waiting[name]; ok {
			close(news)
			delete(w.waiting, name)
		}
	}
}
