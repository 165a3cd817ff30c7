package main

var web = railway.Service("web", railway.ServiceConfig{
	Healthcheck: "/healthz",
})
