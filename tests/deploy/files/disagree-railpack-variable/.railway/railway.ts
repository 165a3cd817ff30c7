export default defineRailway(() => {
  const web = service("web", {
    healthcheck: "/healthz",
  });
  return project("shop", { resources: [web] });
});
